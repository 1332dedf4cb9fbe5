"""What Synapse and the libraries below it make of JSON, events and signatures.

One JSON object per line on stdin, one answer per line on stdout, in order. `event`, `value` and `answer` are taken
from the line as they are: Python keeps integers of any size, which JavaScript would not.
"""

import hashlib
import json
import sys

from canonicaljson import encode_canonical_json
from signedjson.key import decode_signing_key_base64, decode_verify_key_bytes, encode_verify_key_base64, get_verify_key
from signedjson.sign import SignatureVerifyException, sign_json, verify_signed_json
from synapse.api.errors import SynapseError
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS, EventFormatVersions
from synapse.crypto.event_signing import compute_content_hash, compute_event_reference_hash, compute_event_signature
from synapse.events import make_event_from_dict
from synapse.events.utils import validate_canonicaljson
from synapse.synapse_rust.events import redact_event_dict
from unpaddedbase64 import decode_base64, encode_base64

sys.setrecursionlimit(20_000)


def same(left, right):
    """Equality of JSON values: 1, 1.0 and true are three different things."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right))
    return left == right


def canonical(request):
    try:
        validate_canonicaljson(request["value"])
        return {"canonical": encode_canonical_json(request["value"]).decode()}
    except (SynapseError, UnicodeEncodeError, ValueError, RecursionError) as error:
        return {"error": str(error)}


def content_hash(event):
    hashes = event.get("hashes")
    if not isinstance(hashes, dict) or "sha256" not in hashes:
        return "missing"
    _, expected = compute_content_hash(event, hashlib.sha256)
    try:
        given = decode_base64(hashes["sha256"])
    except Exception:
        return "mismatch"
    return "match" if given == expected else "mismatch"


def redact(version, event):
    redacted = dict(redact_event_dict(version, event))
    redacted.pop("unsigned", None)
    return redacted


def describe(version, event):
    """The answer that `gatehouse debug event` is to give."""
    try:
        if version.strict_canonicaljson:
            validate_canonicaljson(event)
        size = len(encode_canonical_json(event))
        parsed = make_event_from_dict(event, version)
    except (SynapseError, UnicodeEncodeError, ValueError) as error:
        return {"error": "bad_json", "detail": str(error)}
    if version.event_format != EventFormatVersions.ROOM_V1_V2:
        _, digest = compute_event_reference_hash(parsed)
        assert decode_base64(parsed.event_id[1:]) == digest, "Synapse disagrees with itself about the event id"
    return {
        "event_id": parsed.event_id,
        "content_hash": content_hash(event),
        "redacted": redact(version, event),
        "canonical_size": size,
    }


def compare_event(request):
    expected = describe(KNOWN_ROOM_VERSIONS[request["room_version"]], request["event"])
    answer = request["answer"]
    if "error" in expected:
        return {"same": answer.get("error") == "bad_json", "kind": "bad_json", "expected": expected}
    differing = [key for key in expected if not same(expected[key], answer.get(key))]
    if differing:
        return {"same": False, "differing": differing, "expected": expected}
    return {"same": True, "kind": expected["content_hash"]}


def signing_key(request):
    algorithm, version = request["key_id"].split(":")
    return decode_signing_key_base64(algorithm, version, request["seed"])


def public_key(request):
    return {"public_key": encode_verify_key_base64(get_verify_key(signing_key(request)))}


def hash_event(request):
    """The content hash as the sending server computes it."""
    _, digest = compute_content_hash(request["event"], hashlib.sha256)
    return {"sha256": encode_base64(digest)}


def sign(request):
    return {"signed": sign_json(request["value"], request["server_name"], signing_key(request))}


def sign_event(request):
    version = KNOWN_ROOM_VERSIONS[request["room_version"]]
    event = request["event"]
    signatures = compute_event_signature(version, event, request["server_name"], signing_key(request))
    return {"signature": signatures[request["server_name"]][request["key_id"]]}


def verify_event(request):
    """Whether the event carries a good signature under this server name and key id; signedjson does the checking."""
    version = KNOWN_ROOM_VERSIONS[request["room_version"]]
    redacted = redact(version, request["event"])
    return verify_value(redacted, request)


def verify(request):
    return verify_value(request["value"], request)


def verify_value(value, request):
    key = decode_verify_key_bytes(request["key_id"], decode_base64(request["public_key"]))
    try:
        verify_signed_json(value, request["server_name"], key)
        return {"valid": True}
    except SignatureVerifyException as error:
        return {"valid": False, "reason": str(error)}


OPERATIONS = {
    "canonical": canonical,
    "compare_event": compare_event,
    "hash_event": hash_event,
    "public_key": public_key,
    "sign": sign,
    "sign_event": sign_event,
    "verify": verify,
    "verify_event": verify_event,
}


def main():
    for line in sys.stdin.buffer:
        try:
            request = json.loads(line)
            reply = OPERATIONS[request["op"]](request)
        except Exception as error:
            reply = {"failure": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(reply), flush=True)


main()
