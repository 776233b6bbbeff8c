"""The file formats of docs/FORMAT.md in Python, written from that page alone.

Seeds go through `cryptography` (OpenSSL's ML-KEM), expanded private keys through `kyber-py`. One request as JSON on
standard input, one answer as JSON on standard output:

  {"do": "vectors", "directory": DIR}                          what comes of each case of test/vectors
  {"do": "open", "identity": IDENTITY, "bundle": TEXT}         {"values": [[NAME, VALUE], ...]} or {"failure": ...}
  {"do": "seal", "format": "v1" | "v1-single" | "v2", "recipients": [...], "secrets": [[NAME, VALUE], ...]}
                                                               {"file": TEXT}
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from kyber_py.ml_kem import ML_KEM_768, ML_KEM_1024

NOT_A_BUNDLE = "not a bundle"
NOT_FOR_ME = "not for this identity"
DAMAGED = "damaged or tampered with"
UNUSABLE = "cannot be used"

SIZES = {
    "ML-KEM-768": {"public": 1184, "ciphertext": 1088, "expanded": 2400, "k": 3},
    "ML-KEM-1024": {"public": 1568, "ciphertext": 1568, "expanded": 3168, "k": 4},
}
NATIVE = {
    "ML-KEM-768": (mlkem.MLKEM768PrivateKey, mlkem.MLKEM768PublicKey),
    "ML-KEM-1024": (mlkem.MLKEM1024PrivateKey, mlkem.MLKEM1024PublicKey),
}
EXPANDED = {"ML-KEM-768": ML_KEM_768, "ML-KEM-1024": ML_KEM_1024}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")
LABEL = re.compile(r"[A-Za-z0-9._@-]{1,64}")
UTC = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"
)
WHITE = " \t\r\n"


class Failure(Exception):
    """Carries one of FORMAT's names for what is wrong."""


def require(holds, name):
    if not holds:
        raise Failure(name)


# Primitives


def sha3(*parts):
    return hashlib.sha3_256(b"".join(parts)).digest()


def hmac_sha3(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha3_256).digest()


def hkdf(ikm, salt, info):
    """RFC 5869, one block."""
    return hmac_sha3(hmac_sha3(salt, ikm), info, b"\x01")


def aead_open(key, nonce, sealed, aad):
    """None when the tag does not hold."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        return None


def aead_seal(key, nonce, plaintext, aad):
    return AESGCM(key).encrypt(nonce, plaintext, aad)


class Identity:
    def __init__(self, alg, form, private_key):
        self.alg, self.form, self.private_key = alg, form, private_key

    @classmethod
    def of(cls, document):
        return cls(document["alg"], document["form"], bytes.fromhex(document["private_key_hex"]))

    def public_key(self):
        if self.form == "expanded":
            start = 384 * SIZES[self.alg]["k"]
            return self.private_key[start : start + SIZES[self.alg]["public"]]
        return NATIVE[self.alg][0].from_seed_bytes(self.private_key).public_key().public_bytes_raw()

    def decapsulate(self, ciphertext):
        if self.form == "expanded":
            return EXPANDED[self.alg].decaps(self.private_key, ciphertext)
        return NATIVE[self.alg][0].from_seed_bytes(self.private_key).decapsulate(ciphertext)


def encapsulate(alg, public_key):
    """The shared secret and its ciphertext."""
    both = NATIVE[alg][1].from_public_bytes(public_key).encapsulate()
    return sorted(both, key=len)


# Text


def base64_of(text, failure, length=None, lenient=False):
    require(isinstance(text, str), failure)
    text = text.strip(WHITE) if lenient else text
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Failure(failure) from error
    require(base64.b64encode(decoded).decode() == text, failure)
    require(length is None or len(decoded) == length, failure)
    return decoded


def hex_of(text, failure, length=None, lenient=False):
    require(isinstance(text, str), failure)
    text = text.strip(WHITE).lower() if lenient else text
    require(re.fullmatch(r"([0-9a-f]{2})*", text), failure)
    decoded = bytes.fromhex(text)
    require(length is None or len(decoded) == length, failure)
    return decoded


def encode(data):
    return base64.b64encode(data).decode()


def parse(data, failure):
    """JSON in UTF-8 without members twice."""

    def members(pairs):
        require(len({name for name, _ in pairs}) == len(pairs), failure)
        return dict(pairs)

    def constant(_):
        raise Failure(failure)

    try:
        text = data.decode("utf-8")
        document = json.loads(text, object_pairs_hook=members, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise Failure(failure) from error
    require(depth(document) <= 16, failure)
    return document


def depth(value):
    if not isinstance(value, (dict, list)):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((depth(item) for item in inner), default=0)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def is_int(value):
    return type(value) is int  # not bool


def exactly(value, names):
    require(isinstance(value, dict) and set(value) == set(names), NOT_A_BUNDLE)


# Bundles


def open_bundle(data, identity, wanted=None):
    """Names and values, or a Failure. `wanted`: only these names of a v2 bundle."""
    require(len(data) <= 16 * 1024 * 1024, NOT_A_BUNDLE)
    document = parse(data, NOT_A_BUNDLE)
    require(isinstance(document, dict), NOT_A_BUNDLE)
    version = document.get("version")
    require(is_int(version) and version in (1, 2), NOT_A_BUNDLE)
    if version == 2:
        return open_v2(data, document, identity, wanted)
    return open_double(document, identity) if "keywrap" in document else open_single(document, identity)


def member(document, name):
    inner = document.get(name)
    require(isinstance(inner, dict), NOT_A_BUNDLE)
    return inner


def open_double(document, identity):
    keywrap, data, kem = (member(document, name) for name in ("keywrap", "data", "kem"))
    require(document.get("alg") == "ML-KEM-768", NOT_A_BUNDLE)
    require(keywrap.get("kdf") == "SHA3-256", NOT_A_BUNDLE)
    require(keywrap.get("aad") == "pqc-secrets:v1:keywrap", NOT_A_BUNDLE)
    require(data.get("aad") == "pqc-secrets:v1:data", NOT_A_BUNDLE)

    def field(parent, name, length=None):
        return base64_of(parent.get(name), NOT_A_BUNDLE, length, lenient=True)

    ciphertext = field(kem, "ciphertext_b64", 1088)
    wrap_nonce, wrapped = field(keywrap, "nonce_b64", 12), field(keywrap, "ciphertext_b64", 48)
    data_nonce, sealed = field(data, "nonce_b64", 12), field(data, "ciphertext_b64")
    require(len(sealed) >= 16, NOT_A_BUNDLE)
    recipient = document.get("recipient", {})
    require(isinstance(recipient, dict), NOT_A_BUNDLE)
    require(identity.alg == "ML-KEM-768", NOT_FOR_ME)

    kek = sha3(identity.decapsulate(ciphertext), b"pqc-secrets:v1:kek")
    dek = aead_open(kek, wrap_nonce, wrapped, b"pqc-secrets:v1:keywrap")
    if dek is None:
        own = sha3(identity.public_key()).hex()
        raise Failure(DAMAGED if recipient.get("public_key_sha3_256", own).strip(WHITE).lower() == own else NOT_FOR_ME)
    payload = aead_open(dek, data_nonce, sealed, b"pqc-secrets:v1:data")
    require(payload is not None, DAMAGED)
    return values_of(parse(payload, NOT_A_BUNDLE), top=False)


def open_single(document, identity):
    kem, data = member(document, "kem"), member(document, "data")
    require(kem.get("algorithm") == "ML-KEM-768" and data.get("algorithm") == "AES-256-GCM", NOT_A_BUNDLE)
    ciphertext = hex_of(kem.get("ciphertext"), NOT_A_BUNDLE, 1088, lenient=True)
    nonce = hex_of(data.get("nonce"), NOT_A_BUNDLE, 12, lenient=True)
    sealed = hex_of(data.get("ciphertext"), NOT_A_BUNDLE, lenient=True)
    require(len(sealed) >= 16, NOT_A_BUNDLE)
    require(identity.alg == "ML-KEM-768", NOT_FOR_ME)
    payload = aead_open(identity.decapsulate(ciphertext), nonce, sealed, b"")
    require(payload is not None, DAMAGED)
    return values_of(parse(payload, NOT_A_BUNDLE), top=True)


def values_of(payload, top):
    require(isinstance(payload, dict), NOT_A_BUNDLE)
    inner = payload.get("secrets")
    if not isinstance(inner, dict):
        require(top, NOT_A_BUNDLE)
        inner = payload
    for value in inner.values():
        require(isinstance(value, str) and "\0" not in value, NOT_A_BUNDLE)
        require(not any(0xD800 <= ord(character) <= 0xDFFF for character in value), NOT_A_BUNDLE)
    return inner


def shape_of_v2(data, document):
    text = data.decode("utf-8")
    require(text.isascii() and "\\" not in text, NOT_A_BUNDLE)
    without_white = re.sub(r'("[^"]*")|[ \t\r\n]+', lambda match: match.group(1) or "", text)
    require(without_white == canonical(document), NOT_A_BUNDLE)
    exactly(
        document,
        ["bundle_id", "dek_commitment_b64", "entries", "recipients", "revision", "seal", "updated_utc", "version"],
    )
    hex_of(document["bundle_id"], NOT_A_BUNDLE, 16)
    base64_of(document["dek_commitment_b64"], NOT_A_BUNDLE, 32)
    require(is_int(document["revision"]) and 1 <= document["revision"] < 2**53, NOT_A_BUNDLE)
    time = document["updated_utc"]
    require(isinstance(time, str) and UTC.fullmatch(time), NOT_A_BUNDLE)
    exactly(document["seal"], ["nonce_b64", "tag_b64"])
    base64_of(document["seal"]["nonce_b64"], NOT_A_BUNDLE, 12)
    base64_of(document["seal"]["tag_b64"], NOT_A_BUNDLE, 16)
    require(isinstance(document["entries"], dict), NOT_A_BUNDLE)
    for name, entry in document["entries"].items():
        require(NAME.fullmatch(name), NOT_A_BUNDLE)
        exactly(entry, ["ciphertext_b64", "nonce_b64"])
        base64_of(entry["nonce_b64"], NOT_A_BUNDLE, 12)
        require(16 <= len(base64_of(entry["ciphertext_b64"], NOT_A_BUNDLE)) <= 1048592, NOT_A_BUNDLE)
    stanzas = document["recipients"]
    require(isinstance(stanzas, list) and 1 <= len(stanzas) <= 1000, NOT_A_BUNDLE)
    for stanza in stanzas:
        shape_of_stanza(stanza)
    for name in ("label", "public_key_b64"):
        require(len({stanza[name] for stanza in stanzas}) == len(stanzas), NOT_A_BUNDLE)


def shape_of_stanza(stanza):
    exactly(
        stanza,
        [
            "alg",
            "kem_ciphertext_b64",
            "label",
            "nonce_b64",
            "public_key_b64",
            "public_key_sha3_256",
            "wrapped_dek_b64",
        ],
    )
    require(isinstance(stanza["alg"], str) and stanza["alg"] in SIZES, NOT_A_BUNDLE)
    sizes = SIZES[stanza["alg"]]
    require(isinstance(stanza["label"], str) and LABEL.fullmatch(stanza["label"]), NOT_A_BUNDLE)
    public_key = base64_of(stanza["public_key_b64"], NOT_A_BUNDLE, sizes["public"])
    require(stanza["public_key_sha3_256"] == sha3(public_key).hex(), NOT_A_BUNDLE)
    base64_of(stanza["kem_ciphertext_b64"], NOT_A_BUNDLE, sizes["ciphertext"])
    base64_of(stanza["nonce_b64"], NOT_A_BUNDLE, 12)
    base64_of(stanza["wrapped_dek_b64"], NOT_A_BUNDLE, 48)


def keywrap_key(shared_secret, ciphertext, public_key, alg, bundle_id):
    info = b"pqx:v2:kek\0" + alg.encode() + b"\0" + bundle_id
    return hkdf(shared_secret, sha3(ciphertext, public_key), info)


def keywrap_aad(alg, bundle_id, public_key):
    return b"pqx:v2:keywrap\0" + alg.encode() + b"\0" + bundle_id + sha3(public_key)


def sealed_text(document):
    return canonical({name: value for name, value in document.items() if name != "seal"}).encode()


def open_v2(data, document, identity, wanted):
    shape_of_v2(data, document)
    own = identity.public_key()
    stanza = next(
        (
            stanza
            for stanza in document["recipients"]
            if stanza["alg"] == identity.alg and base64.b64decode(stanza["public_key_b64"]) == own
        ),
        None,
    )
    require(stanza is not None, NOT_FOR_ME)
    bundle_id = bytes.fromhex(document["bundle_id"])
    ciphertext = base64.b64decode(stanza["kem_ciphertext_b64"])
    kek = keywrap_key(identity.decapsulate(ciphertext), ciphertext, own, identity.alg, bundle_id)
    wrapped = base64.b64decode(stanza["wrapped_dek_b64"])
    dek = aead_open(kek, base64.b64decode(stanza["nonce_b64"]), wrapped, keywrap_aad(identity.alg, bundle_id, own))
    require(dek is not None, DAMAGED)
    commitment = hkdf(dek, bundle_id, b"pqx:v2:commit")
    require(hmac.compare_digest(commitment, base64.b64decode(document["dek_commitment_b64"])), DAMAGED)
    seal = document["seal"]
    tag, nonce = base64.b64decode(seal["tag_b64"]), base64.b64decode(seal["nonce_b64"])
    seal_key = hkdf(dek, bundle_id, b"pqx:v2:seal")
    require(aead_open(seal_key, nonce, tag, sealed_text(document)) is not None, DAMAGED)

    values = {}
    for name, entry in document["entries"].items():
        if wanted is not None and name not in wanted:
            continue
        key = hkdf(dek, bundle_id, b"pqx:v2:entry\0" + name.encode())
        aad = b"pqx:v2:entry\0" + bundle_id + name.encode()
        ciphertext = base64.b64decode(entry["ciphertext_b64"])
        value = aead_open(key, base64.b64decode(entry["nonce_b64"]), ciphertext, aad)
        require(value is not None, DAMAGED)
        require(b"\0" not in value, NOT_A_BUNDLE)
        try:
            values[name] = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Failure(NOT_A_BUNDLE) from error
    return values


# Writing


def sealed(key, plaintext, aad):
    nonce = os.urandom(12)
    return {"nonce_b64": encode(nonce), "ciphertext_b64": encode(aead_seal(key, nonce, plaintext, aad))}


def seal_v1(recipient, secrets):
    public_key = bytes.fromhex(recipient["public_key_hex"])
    shared_secret, ciphertext = encapsulate("ML-KEM-768", public_key)
    dek = os.urandom(32)
    kek = sha3(shared_secret, b"pqc-secrets:v1:kek")
    payload = json.dumps({"secrets": dict(secrets)}).encode()
    return {
        "version": 1,
        "alg": "ML-KEM-768",
        "engine": "python-interop",
        "created_utc": "2026-11-25T12:00:00.000000Z",
        "recipient": {"public_key_sha3_256": sha3(public_key).hex()},
        "kem": {"ciphertext_b64": encode(ciphertext)},
        "keywrap": {"kdf": "SHA3-256", "aad": "pqc-secrets:v1:keywrap"} | sealed(kek, dek, b"pqc-secrets:v1:keywrap"),
        "data": {"aad": "pqc-secrets:v1:data"} | sealed(dek, payload, b"pqc-secrets:v1:data"),
    }


def seal_single(recipient, secrets):
    shared_secret, ciphertext = encapsulate("ML-KEM-768", bytes.fromhex(recipient["public_key_hex"]))
    nonce = os.urandom(12)
    data = aead_seal(shared_secret, nonce, json.dumps(dict(secrets)).encode(), b"")
    return {
        "version": 1,
        "kem": {"algorithm": "ML-KEM-768", "ciphertext": ciphertext.hex()},
        "data": {"algorithm": "AES-256-GCM", "nonce": nonce.hex(), "ciphertext": data.hex()},
    }


def seal_v2(recipients, secrets):
    bundle_id, dek = os.urandom(16), os.urandom(32)
    stanzas = []
    for recipient in recipients:
        alg, public_key = recipient["alg"], bytes.fromhex(recipient["public_key_hex"])
        shared_secret, ciphertext = encapsulate(alg, public_key)
        kek = keywrap_key(shared_secret, ciphertext, public_key, alg, bundle_id)
        wrapped = sealed(kek, dek, keywrap_aad(alg, bundle_id, public_key))
        stanzas.append(
            {
                "alg": alg,
                "label": recipient["label"],
                "public_key_b64": encode(public_key),
                "public_key_sha3_256": sha3(public_key).hex(),
                "kem_ciphertext_b64": encode(ciphertext),
                "nonce_b64": wrapped["nonce_b64"],
                "wrapped_dek_b64": wrapped["ciphertext_b64"],
            }
        )
    document = {
        "version": 2,
        "bundle_id": bundle_id.hex(),
        "revision": 1,
        "updated_utc": "2026-11-25T12:00:00.000000Z",
        "recipients": stanzas,
        "dek_commitment_b64": encode(hkdf(dek, bundle_id, b"pqx:v2:commit")),
        "entries": {
            name: sealed(
                hkdf(dek, bundle_id, b"pqx:v2:entry\0" + name.encode()),
                value.encode(),
                b"pqx:v2:entry\0" + bundle_id + name.encode(),
            )
            for name, value in secrets
        },
    }
    seal = sealed(hkdf(dek, bundle_id, b"pqx:v2:seal"), b"", sealed_text(document))
    document["seal"] = {"nonce_b64": seal["nonce_b64"], "tag_b64": seal["ciphertext_b64"]}
    return document


# Key files and known bundles


def private_key(data, kek):
    document = parse(data, UNUSABLE)
    require(isinstance(document, dict), UNUSABLE)
    version, alg = document.get("version"), None
    require(is_int(version) and version in (1, 2), UNUSABLE)
    aad = b"pqc-secrets:v1:private-key"
    if version == 2:
        alg = document.get("alg")
        require(set(document) == {"version", "alg", "kdf", "nonce_b64", "ciphertext_b64"}, UNUSABLE)
        require(alg in SIZES and document["kdf"] == {"name": "machine.kek"}, UNUSABLE)
        head = {name: document[name] for name in ("version", "alg", "kdf")}
        aad = b"pqx:v2:private-key\0" + canonical(head).encode()
    nonce = base64_of(document.get("nonce_b64"), UNUSABLE, 12, lenient=True)
    key = aead_open(kek, nonce, base64_of(document.get("ciphertext_b64"), UNUSABLE, lenient=True), aad)
    require(key is not None, UNUSABLE)
    if len(key) == 64:
        return key
    found = next((name for name in SIZES if len(key) == SIZES[name]["expanded"]), None)
    require(found is not None and alg in (None, found), UNUSABLE)
    start, end = 384 * SIZES[found]["k"], 384 * SIZES[found]["k"] + SIZES[found]["public"]
    require(key[end : end + 32] == sha3(key[start:end]), UNUSABLE)
    return key


def public_key(data):
    text = data.decode("latin-1").strip(WHITE).lower()
    if text and re.fullmatch(r"([0-9a-f]{2})+", text):
        key = bytes.fromhex(text)
        alg = next((name for name in SIZES if len(key) == SIZES[name]["public"]), None)
        require(alg is not None, UNUSABLE)
    else:
        document = parse(data, UNUSABLE)
        require(isinstance(document, dict), UNUSABLE)
        alg = document.get("alg")
        require(isinstance(alg, str) and alg in SIZES, UNUSABLE)
        key = base64_of(document.get("public_key_b64"), UNUSABLE, SIZES[alg]["public"], lenient=True)
        if "public_key_sha3_256" in document:
            require(hex_of(document["public_key_sha3_256"], UNUSABLE, lenient=True) == sha3(key), UNUSABLE)
    for at in range(0, 384 * SIZES[alg]["k"], 3):
        three = int.from_bytes(key[at : at + 3], "little")
        require(three & 0xFFF < 3329 and three >> 12 < 3329, UNUSABLE)
    return key


def judge(data, identity, path, bundle):
    document = parse(data, "damaged")
    require(isinstance(document, dict) and document.get("version") == 1, "damaged")
    require(isinstance(document.get("bundles"), list), "damaged")
    mac_key = hkdf(identity.private_key, b"", b"pqx:v2:known")
    own = []
    for entry in document["bundles"]:
        require(isinstance(entry, dict) and is_int(entry.get("revision")), "damaged")
        mac = base64_of(entry.get("mac_b64"), "damaged", 32)
        said = (
            hex_of(entry.get("bundle_id"), "damaged", 16)
            + base64_of(entry.get("dek_commitment_b64"), "damaged", 32)
            + entry["revision"].to_bytes(8, "big")
            + hex_of(entry.get("names_sha3_256"), "damaged", 32)
        )
        if entry.get("path") == path and entry.get("identity") == sha3(mac_key).hex()[:16]:
            own.append(entry)
            if not hmac.compare_digest(mac, hmac_sha3(mac_key, b"pqx:v2:known\0", sha3(path.encode()), said)):
                return "forged"
    if not own:
        return "first"
    pin = next(
        (
            entry
            for entry in own
            if bundle["version"] == 2
            and all(entry[name] == bundle[name] for name in ("bundle_id", "dek_commitment_b64"))
        ),
        None,
    )
    if pin is None:
        return "exchanged"
    return "older" if bundle["revision"] < pin["revision"] else "same"


# Requests


def outcome(directory, identities, case):
    data = (directory / case["file"]).read_bytes()
    identity = Identity.of(identities[case["identity"]]) if "identity" in case else None
    if case["kind"] == "bundle":
        for name in case.get("opens_alone", []):
            open_bundle(data, identity, [name])
        return {"result": "opens", "more": sorted(map(list, open_bundle(data, identity).items()))}
    if case["kind"] == "private key":
        kek = (directory / "keys" / "machine.kek").read_bytes()
        return {"result": "opens", "more": private_key(data, kek).hex()}
    if case["kind"] == "public key":
        return {"result": "opens", "more": sha3(public_key(data)).hex()}
    bundle = json.loads((directory / case["bundle"]).read_bytes())
    return {"result": judge(data, identity, case["path"], bundle)}


def vectors(directory):
    identities = json.loads((directory / "identities.json").read_bytes())
    outcomes = []
    for case in json.loads((directory / "cases.json").read_bytes()):
        try:
            outcomes.append(outcome(directory, identities, case))
        except Failure as failure:
            outcomes.append({"result": str(failure)})
    return outcomes


def answer(request):
    if request["do"] == "vectors":
        return vectors(Path(request["directory"]))
    if request["do"] == "open":
        try:
            values = open_bundle(request["bundle"].encode(), Identity.of(request["identity"]))
        except Failure as failure:
            return {"failure": str(failure)}
        return {"values": sorted(map(list, values.items()))}
    recipients, secrets = request["recipients"], request["secrets"]
    if request["format"] == "v2":
        return {"file": json.dumps(seal_v2(recipients, secrets), sort_keys=True, indent=1)}
    seal = seal_v1 if request["format"] == "v1" else seal_single
    return {"file": json.dumps(seal(recipients[0], secrets), indent=2)}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
