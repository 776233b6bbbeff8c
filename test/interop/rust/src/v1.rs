//! Bundle, version 1, in both layouts.

use crate::kem::{encapsulate, Alg, Identity};
use crate::primitives::*;
use crate::{require, strict, text, Outcome, Values, DAMAGED, NOT_A_BUNDLE, NOT_FOR_ME};
use serde_json::{json, Map, Value};

const KEYWRAP: &str = "pqc-secrets:v1:keywrap";
const DATA: &str = "pqc-secrets:v1:data";

pub fn open_double(document: &Value, identity: &Identity) -> Outcome<Values> {
    let (keywrap, data, kem) = (&document["keywrap"], &document["data"], &document["kem"]);
    require(document["alg"] == "ML-KEM-768" && keywrap["kdf"] == "SHA3-256", NOT_A_BUNDLE)?;
    require(keywrap["aad"] == KEYWRAP && data["aad"] == DATA, NOT_A_BUNDLE)?;
    let ciphertext = lenient_base64_of(&kem["ciphertext_b64"], Some(Alg::MlKem768.ciphertext()))?;
    let wrap_nonce = lenient_base64_of(&keywrap["nonce_b64"], Some(12))?;
    let wrapped = lenient_base64_of(&keywrap["ciphertext_b64"], Some(48))?;
    let data_nonce = lenient_base64_of(&data["nonce_b64"], Some(12))?;
    let sealed = lenient_base64_of(&data["ciphertext_b64"], None)?;
    require(sealed.len() >= 16, NOT_A_BUNDLE)?;
    let recipient = document.get("recipient").cloned().unwrap_or(json!({}));
    require(recipient.is_object(), NOT_A_BUNDLE)?;
    require(identity.alg == Alg::MlKem768, NOT_FOR_ME)?;

    let kek = sha3(&[&identity.decapsulate(&ciphertext), b"pqc-secrets:v1:kek"]);
    let Some(dek) = aead_open(&kek, &wrap_nonce, &wrapped, KEYWRAP.as_bytes()) else {
        let own = hex::encode(sha3(&[identity.public_key()]));
        let hash = recipient["public_key_sha3_256"].as_str().unwrap_or(&own).trim_matches(WHITE).to_lowercase();
        return Err(if hash == own { DAMAGED } else { NOT_FOR_ME });
    };
    let payload = aead_open(&dek, &data_nonce, &sealed, DATA.as_bytes()).ok_or(DAMAGED)?;
    values_of(&payload, false)
}

pub fn open_single(document: &Value, identity: &Identity) -> Outcome<Values> {
    let (kem, data) = (&document["kem"], &document["data"]);
    require(kem["algorithm"] == "ML-KEM-768" && data["algorithm"] == "AES-256-GCM", NOT_A_BUNDLE)?;
    let ciphertext = lenient_hex_of(&kem["ciphertext"], Some(Alg::MlKem768.ciphertext()))?;
    let nonce = lenient_hex_of(&data["nonce"], Some(12))?;
    let sealed = lenient_hex_of(&data["ciphertext"], None)?;
    require(sealed.len() >= 16, NOT_A_BUNDLE)?;
    require(identity.alg == Alg::MlKem768, NOT_FOR_ME)?;
    let payload = aead_open(&identity.decapsulate(&ciphertext), &nonce, &sealed, b"").ok_or(DAMAGED)?;
    values_of(&payload, true)
}

/// `top`: the names may stand at the top.
fn values_of(payload: &[u8], top: bool) -> Outcome<Values> {
    let payload = strict::parse(std::str::from_utf8(payload).map_err(|_| NOT_A_BUNDLE)?)?;
    let outer = payload.as_object().ok_or(NOT_A_BUNDLE)?;
    let inner: &Map<String, Value> = match outer.get("secrets").and_then(Value::as_object) {
        Some(inner) => inner,
        None if top => outer,
        None => return Err(NOT_A_BUNDLE),
    };
    let one = |(name, value): (&String, &Value)| {
        let value = value.as_str().filter(|value| !value.contains('\0')).ok_or(NOT_A_BUNDLE)?;
        Ok((name.clone(), value.to_string()))
    };
    inner.iter().map(one).collect()
}

pub fn seal_double(recipient: &Value, secrets: &Values) -> Value {
    let public_key = hex::decode(text(&recipient["public_key_hex"])).expect("hex");
    let (secret, ciphertext) = encapsulate(Alg::MlKem768, &public_key);
    let (dek, wrap_nonce, data_nonce) = (random::<32>(), random::<12>(), random::<12>());
    let kek = sha3(&[&secret, b"pqc-secrets:v1:kek"]);
    let payload = json!({ "secrets": secrets }).to_string();
    json!({
        "version": 1, "alg": "ML-KEM-768", "engine": "rust-interop", "created_utc": "2026-11-25T12:00:00.000000Z",
        "recipient": { "public_key_sha3_256": hex::encode(sha3(&[&public_key])) },
        "kem": { "ciphertext_b64": encode(&ciphertext) },
        "keywrap": {
            "kdf": "SHA3-256", "aad": KEYWRAP, "nonce_b64": encode(&wrap_nonce),
            "ciphertext_b64": encode(&aead_seal(&kek, &wrap_nonce, &dek, KEYWRAP.as_bytes())),
        },
        "data": {
            "aad": DATA, "nonce_b64": encode(&data_nonce),
            "ciphertext_b64": encode(&aead_seal(&dek, &data_nonce, payload.as_bytes(), DATA.as_bytes())),
        },
    })
}

pub fn seal_single(recipient: &Value, secrets: &Values) -> Value {
    let public_key = hex::decode(text(&recipient["public_key_hex"])).expect("hex");
    let (secret, ciphertext) = encapsulate(Alg::MlKem768, &public_key);
    let nonce = random::<12>();
    let data = aead_seal(&secret, &nonce, json!(secrets).to_string().as_bytes(), b"");
    json!({
        "version": 1,
        "kem": { "algorithm": "ML-KEM-768", "ciphertext": hex::encode(ciphertext) },
        "data": { "algorithm": "AES-256-GCM", "nonce": hex::encode(nonce), "ciphertext": hex::encode(data) },
    })
}
