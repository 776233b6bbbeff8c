//! ML-KEM of both sizes by their names, seeds and expanded private keys.

use crate::{text, Outcome, NOT_A_BUNDLE};
use fips203::traits::{Decaps, Encaps, KeyGen, SerDes};
use fips203::{ml_kem_1024, ml_kem_768};
use serde_json::Value;

#[derive(Clone, Copy, PartialEq)]
pub enum Alg {
    MlKem768,
    MlKem1024,
}

impl Alg {
    pub fn named(name: &str) -> Outcome<Alg> {
        match name {
            "ML-KEM-768" => Ok(Alg::MlKem768),
            "ML-KEM-1024" => Ok(Alg::MlKem1024),
            _ => Err(NOT_A_BUNDLE),
        }
    }
    pub fn public_key(self) -> usize {
        if self == Alg::MlKem768 { ml_kem_768::EK_LEN } else { ml_kem_1024::EK_LEN }
    }
    pub fn ciphertext(self) -> usize {
        if self == Alg::MlKem768 { ml_kem_768::CT_LEN } else { ml_kem_1024::CT_LEN }
    }
    fn k(self) -> usize {
        if self == Alg::MlKem768 { 3 } else { 4 }
    }
}

pub struct Identity {
    pub alg: Alg,
    /// Expanded; a seed is expanded when it is read.
    key: Vec<u8>,
}

/// The same lines for both sizes, which are different types.
macro_rules! with_size {
    ($alg:expr, $module:ident, $body:block) => {
        match $alg {
            Alg::MlKem768 => {
                use ml_kem_768 as $module;
                $body
            }
            Alg::MlKem1024 => {
                use ml_kem_1024 as $module;
                $body
            }
        }
    };
}

impl Identity {
    pub fn of(document: &Value) -> Identity {
        let alg = Alg::named(text(&document["alg"])).expect("an algorithm");
        let bytes = hex::decode(text(&document["private_key_hex"])).expect("hex");
        if document["form"] == "expanded" {
            return Identity { alg, key: bytes };
        }
        let (d, z) = (bytes[..32].try_into().expect("32 bytes"), bytes[32..].try_into().expect("32 bytes"));
        let key = with_size!(alg, size, { size::KG::keygen_from_seed(d, z).1.into_bytes().to_vec() });
        Identity { alg, key }
    }

    pub fn public_key(&self) -> &[u8] {
        let start = 384 * self.alg.k();
        &self.key[start..start + self.alg.public_key()]
    }

    /// `ciphertext` is of the algorithm's length.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Vec<u8> {
        with_size!(self.alg, size, {
            let key = size::DecapsKey::try_from_bytes(self.key[..].try_into().expect("its length")).expect("a key");
            let ciphertext = size::CipherText::try_from_bytes(ciphertext.try_into().expect("its length"));
            key.try_decaps(&ciphertext.expect("a ciphertext")).expect("a secret").into_bytes().to_vec()
        })
    }
}

/// The shared secret and its ciphertext.
pub fn encapsulate(alg: Alg, public_key: &[u8]) -> (Vec<u8>, Vec<u8>) {
    with_size!(alg, size, {
        let key = size::EncapsKey::try_from_bytes(public_key.try_into().expect("its length")).expect("a key");
        let (secret, ciphertext) = key.try_encaps().expect("randomness");
        (secret.into_bytes().to_vec(), ciphertext.into_bytes().to_vec())
    })
}
