//! SHA3-256, HMAC, HKDF, AES-256-GCM, and the encodings.

use crate::{require, Outcome, NOT_A_BUNDLE};
use aes_gcm::aead::rand_core::RngCore;
use aes_gcm::aead::{Aead, KeyInit, OsRng, Payload};
use aes_gcm::Aes256Gcm;
use base64::{engine::general_purpose::STANDARD, Engine};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha3::{Digest, Sha3_256};

pub const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

pub fn sha3(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(Sha3_256::new(), |hash, part| hash.chain_update(part)).finalize().to_vec()
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = <Hmac<Sha3_256> as Mac>::new_from_slice(key).expect("a key of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

/// RFC 5869, one block.
pub fn hkdf(ikm: &[u8], salt: &[u8], info: &[u8]) -> Vec<u8> {
    hmac(&hmac(salt, ikm), &[info, &[1]].concat())
}

pub fn aead_open(key: &[u8], nonce: &[u8], sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256Gcm::new_from_slice(key).expect("32 bytes");
    cipher.decrypt(nonce.into(), Payload { msg: sealed, aad }).ok()
}

pub fn aead_seal(key: &[u8], nonce: &[u8], plaintext: &[u8], aad: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new_from_slice(key).expect("32 bytes");
    cipher.encrypt(nonce.into(), Payload { msg: plaintext, aad }).expect("a short text")
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Canonical base64 of `length` bytes, or of any.
pub fn base64_of(value: &Value, length: Option<usize>) -> Outcome<Vec<u8>> {
    let bytes = STANDARD.decode(value.as_str().ok_or(NOT_A_BUNDLE)?).map_err(|_| NOT_A_BUNDLE)?;
    require(length.is_none_or(|length| bytes.len() == length), NOT_A_BUNDLE)?;
    Ok(bytes)
}

/// As version 1 takes it: with white space around it.
pub fn lenient_base64_of(value: &Value, length: Option<usize>) -> Outcome<Vec<u8>> {
    let text = value.as_str().ok_or(NOT_A_BUNDLE)?;
    base64_of(&text.trim_matches(WHITE).into(), length)
}

/// As version 1 takes it: with white space around it, and in upper case.
pub fn lenient_hex_of(value: &Value, length: Option<usize>) -> Outcome<Vec<u8>> {
    let text = value.as_str().ok_or(NOT_A_BUNDLE)?;
    let bytes = hex::decode(text.trim_matches(WHITE)).map_err(|_| NOT_A_BUNDLE)?;
    require(length.is_none_or(|length| bytes.len() == length), NOT_A_BUNDLE)?;
    Ok(bytes)
}
