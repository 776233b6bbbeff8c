//! The bundle formats of docs/FORMAT.md in Rust, written from that page alone, on the crates fips203, aes-gcm and sha3.
//! One request as JSON on standard input, one answer as JSON on standard output; `../python/pqx_format.py` takes the same.

mod kem;
mod primitives;
mod strict;
mod v1;
mod v2;

use kem::Identity;
use serde_json::{json, Value};
use std::io::Read;
use std::path::Path;

/// FORMAT's names for what is wrong.
pub const NOT_A_BUNDLE: &str = "not a bundle";
pub const NOT_FOR_ME: &str = "not for this identity";
pub const DAMAGED: &str = "damaged or tampered with";

pub type Outcome<T> = Result<T, &'static str>;
/// Names and values, sorted by name.
pub type Values = std::collections::BTreeMap<String, String>;

pub fn require(holds: bool, failure: &'static str) -> Outcome<()> {
    if holds { Ok(()) } else { Err(failure) }
}

/// `wanted`: only this name of a v2 bundle.
fn open(data: &[u8], identity: &Identity, wanted: Option<&str>) -> Outcome<Values> {
    require(data.len() <= 16 * 1024 * 1024, NOT_A_BUNDLE)?;
    let text = std::str::from_utf8(data).map_err(|_| NOT_A_BUNDLE)?;
    let document = strict::parse(text)?;
    require(document.is_object(), NOT_A_BUNDLE)?;
    match document["version"].as_u64() {
        Some(1) if document.get("keywrap").is_some() => v1::open_double(&document, identity),
        Some(1) => v1::open_single(&document, identity),
        Some(2) => v2::open(text, &document, identity, wanted),
        _ => Err(NOT_A_BUNDLE),
    }
}

fn main() {
    let mut request = String::new();
    std::io::stdin().read_to_string(&mut request).expect("a request");
    let request: Value = serde_json::from_str(&request).expect("a request in JSON");
    let answer = match request["do"].as_str() {
        Some("vectors") => vectors(Path::new(text(&request["directory"]))),
        Some("open") => {
            match open(text(&request["bundle"]).as_bytes(), &Identity::of(&request["identity"]), None) {
                Ok(values) => json!({ "values": pairs(&values) }),
                Err(failure) => json!({ "failure": failure }),
            }
        }
        Some("seal") => seal(&request),
        _ => panic!("unknown request"),
    };
    println!("{answer}");
}

fn seal(request: &Value) -> Value {
    let secrets: Values = request["secrets"]
        .as_array()
        .expect("secrets")
        .iter()
        .map(|pair| (text(&pair[0]).to_string(), text(&pair[1]).to_string()))
        .collect();
    let recipients = request["recipients"].as_array().expect("recipients");
    let document = match text(&request["format"]) {
        "v1" => v1::seal_double(&recipients[0], &secrets),
        "v1-single" => v1::seal_single(&recipients[0], &secrets),
        _ => v2::seal(recipients, &secrets),
    };
    json!({ "file": document.to_string() })
}

/// What comes of each case that is a bundle; null for the others.
fn vectors(directory: &Path) -> Value {
    let read = |name: &str| std::fs::read(directory.join(name)).expect(name);
    let cases: Value = serde_json::from_slice(&read("cases.json")).expect("cases");
    let identities: Value = serde_json::from_slice(&read("identities.json")).expect("identities");
    let outcomes = cases.as_array().expect("a list").iter().map(|case| {
        if case["kind"] != "bundle" {
            return Value::Null;
        }
        let data = read(text(&case["file"]));
        let identity = Identity::of(&identities[text(&case["identity"])]);
        let alone = case["opens_alone"].as_array().cloned().unwrap_or_default();
        let all = alone
            .iter()
            .try_for_each(|name| open(&data, &identity, name.as_str()).map(|_| ()))
            .and_then(|()| open(&data, &identity, None));
        match all {
            Ok(values) => json!({ "result": "opens", "more": pairs(&values) }),
            Err(failure) => json!({ "result": failure }),
        }
    });
    outcomes.collect()
}

fn pairs(values: &Values) -> Value {
    values.iter().map(|(name, value)| json!([name, value])).collect()
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
