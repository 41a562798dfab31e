"""Reads JSON texts as Python servers do. One hexadecimal text a line in, one tagged value or `null` a line out."""
import json
import sys


def tagged(value):
    """Numbers as text, so that none is rounded on the way back; objects as pairs, so that none is dropped."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return {"v": value}
    if isinstance(value, (int, float)):
        return {"n": repr(value)}
    if isinstance(value, list):
        return {"l": [tagged(element) for element in value]}
    return {"o": [[key, tagged(member)] for key, member in value.items()]}


for line in sys.stdin:
    try:
        answer = tagged(json.loads(bytes.fromhex(line.strip()).decode("utf-8")))
    except (ValueError, RecursionError):
        answer = None
    print(json.dumps(answer))
