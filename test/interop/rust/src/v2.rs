//! Bundle, version 2.

use crate::kem::{encapsulate, Alg, Identity};
use crate::primitives::*;
use crate::{require, text, Outcome, Values, DAMAGED, NOT_A_BUNDLE, NOT_FOR_ME};
use serde_json::{json, Map, Value};
use std::collections::HashSet;

const MEMBERS: [&str; 8] = [
    "bundle_id", "dek_commitment_b64", "entries", "recipients", "revision", "seal", "updated_utc", "version",
];
const STANZA: [&str; 7] = [
    "alg", "kem_ciphertext_b64", "label", "nonce_b64", "public_key_b64", "public_key_sha3_256", "wrapped_dek_b64",
];

struct Stanza {
    alg: Alg,
    name: String,
    public_key: Vec<u8>,
    ciphertext: Vec<u8>,
    nonce: Vec<u8>,
    wrapped: Vec<u8>,
}

/// The members of an object that has these and no others.
fn exactly<'a>(value: &'a Value, names: &[&str]) -> Outcome<&'a Map<String, Value>> {
    let object = value.as_object().ok_or(NOT_A_BUNDLE)?;
    require(object.len() == names.len() && names.iter().all(|name| object.contains_key(*name)), NOT_A_BUNDLE)?;
    Ok(object)
}

/// `wanted`: only this entry.
pub fn open(file: &str, document: &Value, identity: &Identity, wanted: Option<&str>) -> Outcome<Values> {
    let stanzas = shape(file, document)?;
    let own = identity.public_key();
    let stanza = stanzas
        .iter()
        .find(|stanza| stanza.alg == identity.alg && stanza.public_key == own)
        .ok_or(NOT_FOR_ME)?;
    let id = hex::decode(text(&document["bundle_id"])).expect("checked");
    let secret = identity.decapsulate(&stanza.ciphertext);
    let kek = kek_of(&secret, &stanza.ciphertext, own, &stanza.name, &id);
    let dek = aead_open(&kek, &stanza.nonce, &stanza.wrapped, &wrap_aad(&stanza.name, &id, own)).ok_or(DAMAGED)?;
    require(hkdf(&dek, &id, b"pqx:v2:commit") == base64_of(&document["dek_commitment_b64"], None)?, DAMAGED)?;
    let (nonce, tag) = (base64_of(&document["seal"]["nonce_b64"], None)?, base64_of(&document["seal"]["tag_b64"], None)?);
    aead_open(&hkdf(&dek, &id, b"pqx:v2:seal"), &nonce, &tag, &sealed_text(document)).ok_or(DAMAGED)?;

    let entries = document["entries"].as_object().expect("checked");
    let chosen = entries.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name));
    let open_one = |(name, entry): (&String, &Value)| {
        let (nonce, sealed) = (base64_of(&entry["nonce_b64"], None)?, base64_of(&entry["ciphertext_b64"], None)?);
        let value = aead_open(&entry_key(&dek, &id, name), &nonce, &sealed, &entry_aad(&id, name)).ok_or(DAMAGED)?;
        require(!value.contains(&0), NOT_A_BUNDLE)?;
        Ok((name.clone(), String::from_utf8(value).map_err(|_| NOT_A_BUNDLE)?))
    };
    chosen.map(open_one).collect()
}

/// One text, one meaning. A map of serde_json is sorted by bytes, so what it writes is canonical.
fn shape(file: &str, document: &Value) -> Outcome<Vec<Stanza>> {
    require(file.is_ascii() && !file.contains('\\'), NOT_A_BUNDLE)?;
    require(without_white(file) == document.to_string(), NOT_A_BUNDLE)?;
    exactly(document, &MEMBERS)?;
    let id = document["bundle_id"].as_str().ok_or(NOT_A_BUNDLE)?;
    require(id.len() == 32 && is_lower_hex(id), NOT_A_BUNDLE)?;
    base64_of(&document["dek_commitment_b64"], Some(32))?;
    let revision = document["revision"].as_u64().ok_or(NOT_A_BUNDLE)?;
    require((1..1 << 53).contains(&revision), NOT_A_BUNDLE)?;
    require(is_time(document["updated_utc"].as_str().ok_or(NOT_A_BUNDLE)?), NOT_A_BUNDLE)?;
    exactly(&document["seal"], &["nonce_b64", "tag_b64"])?;
    base64_of(&document["seal"]["nonce_b64"], Some(12))?;
    base64_of(&document["seal"]["tag_b64"], Some(16))?;
    for (name, entry) in document["entries"].as_object().ok_or(NOT_A_BUNDLE)? {
        require(is_name(name), NOT_A_BUNDLE)?;
        exactly(entry, &["ciphertext_b64", "nonce_b64"])?;
        base64_of(&entry["nonce_b64"], Some(12))?;
        require((16..=1_048_592).contains(&base64_of(&entry["ciphertext_b64"], None)?.len()), NOT_A_BUNDLE)?;
    }
    let stanzas = document["recipients"].as_array().ok_or(NOT_A_BUNDLE)?;
    require((1..=1000).contains(&stanzas.len()), NOT_A_BUNDLE)?;
    for name in ["label", "public_key_b64"] {
        let distinct: HashSet<_> = stanzas.iter().map(|stanza| stanza[name].as_str()).collect();
        require(distinct.len() == stanzas.len(), NOT_A_BUNDLE)?;
    }
    stanzas.iter().map(stanza_of).collect()
}

fn stanza_of(value: &Value) -> Outcome<Stanza> {
    exactly(value, &STANZA)?;
    let name = value["alg"].as_str().ok_or(NOT_A_BUNDLE)?;
    let alg = Alg::named(name)?;
    let label = value["label"].as_str().ok_or(NOT_A_BUNDLE)?;
    let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte));
    require((1..=64).contains(&label.len()) && letters, NOT_A_BUNDLE)?;
    let public_key = base64_of(&value["public_key_b64"], Some(alg.public_key()))?;
    require(value["public_key_sha3_256"] == hex::encode(sha3(&[&public_key])), NOT_A_BUNDLE)?;
    Ok(Stanza {
        alg,
        name: name.to_string(),
        public_key,
        ciphertext: base64_of(&value["kem_ciphertext_b64"], Some(alg.ciphertext()))?,
        nonce: base64_of(&value["nonce_b64"], Some(12))?,
        wrapped: base64_of(&value["wrapped_dek_b64"], Some(48))?,
    })
}

fn without_white(file: &str) -> String {
    let mut inside = false;
    file.chars()
        .filter(|character| {
            inside ^= *character == '"';
            inside || !WHITE.contains(character)
        })
        .collect()
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_name(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (1..=256).contains(&text.len()) && letters && !text.as_bytes()[0].is_ascii_digit()
}

/// `YYYY-MM-DDThh:mm:ss.ffffffZ`
fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00.000000Z";
    let same = |(given, formed): (u8, u8)| if formed == b'0' { given.is_ascii_digit() } else { given == formed };
    if text.len() != form.len() || !text.bytes().zip(form.bytes()).all(same) {
        return false;
    }
    let number = |from: usize| text[from..from + 2].parse::<u8>().expect("digits");
    (1..=12).contains(&number(5)) && (1..=31).contains(&number(8)) && number(11) < 24 && number(14) < 60 && number(17) < 60
}

fn kek_of(secret: &[u8], ciphertext: &[u8], public_key: &[u8], alg: &str, id: &[u8]) -> Vec<u8> {
    let info = [b"pqx:v2:kek\0", alg.as_bytes(), b"\0", id].concat();
    hkdf(secret, &sha3(&[ciphertext, public_key]), &info)
}

fn wrap_aad(alg: &str, id: &[u8], public_key: &[u8]) -> Vec<u8> {
    [b"pqx:v2:keywrap\0", alg.as_bytes(), b"\0", id, &sha3(&[public_key])].concat()
}

fn entry_key(dek: &[u8], id: &[u8], name: &str) -> Vec<u8> {
    hkdf(dek, id, &[b"pqx:v2:entry\0", name.as_bytes()].concat())
}

fn entry_aad(id: &[u8], name: &str) -> Vec<u8> {
    [b"pqx:v2:entry\0", id, name.as_bytes()].concat()
}

fn sealed_text(document: &Value) -> Vec<u8> {
    let mut without = document.as_object().expect("checked").clone();
    without.remove("seal");
    Value::Object(without).to_string().into_bytes()
}

fn sealed(key: &[u8], plaintext: &[u8], aad: &[u8]) -> (String, String) {
    let nonce = random::<12>();
    (encode(&nonce), encode(&aead_seal(key, &nonce, plaintext, aad)))
}

pub fn seal(recipients: &[Value], secrets: &Values) -> Value {
    let (id, dek) = (random::<16>(), random::<32>());
    let stanza = |recipient: &Value| {
        let name = text(&recipient["alg"]);
        let public_key = hex::decode(text(&recipient["public_key_hex"])).expect("hex");
        let (secret, ciphertext) = encapsulate(Alg::named(name).expect("an algorithm"), &public_key);
        let kek = kek_of(&secret, &ciphertext, &public_key, name, &id);
        let (nonce, wrapped) = sealed(&kek, &dek, &wrap_aad(name, &id, &public_key));
        json!({
            "alg": name, "label": recipient["label"], "nonce_b64": nonce, "wrapped_dek_b64": wrapped,
            "kem_ciphertext_b64": encode(&ciphertext), "public_key_b64": encode(&public_key),
            "public_key_sha3_256": hex::encode(sha3(&[&public_key])),
        })
    };
    let entry = |(name, value): (&String, &String)| {
        let (nonce, ciphertext) = sealed(&entry_key(&dek, &id, name), value.as_bytes(), &entry_aad(&id, name));
        (name.clone(), json!({ "nonce_b64": nonce, "ciphertext_b64": ciphertext }))
    };
    let mut document = json!({
        "version": 2, "bundle_id": hex::encode(id), "revision": 1, "updated_utc": "2026-11-25T12:00:00.000000Z",
        "recipients": recipients.iter().map(stanza).collect::<Vec<_>>(),
        "dek_commitment_b64": encode(&hkdf(&dek, &id, b"pqx:v2:commit")),
        "entries": secrets.iter().map(entry).collect::<Map<_, _>>(),
    });
    let (nonce, tag) = sealed(&hkdf(&dek, &id, b"pqx:v2:seal"), b"", &sealed_text(&document));
    document["seal"] = json!({ "nonce_b64": nonce, "tag_b64": tag });
    document
}
