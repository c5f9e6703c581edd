#!/usr/bin/python3
"""Asks libopendmarc what to do with mail: JSON lines in, JSON lines out.

    opendmarc.py LIBRARY [PUBLIC SUFFIX LIST]
    {"id", "from", "ip", "spf", "dkim"}   domains that passed, or ""
"""

import ctypes
import json
import sys

# opendmarc/dmarc.h
POLICIES = {14: "absent", 15: "pass", 16: "reject", 17: "quarantine", 18: "none"}
MAIL_FROM, PASS, V4 = 0, 1, 4
MOZILLA = 1   # the form of a public suffix list


class Settings(ctypes.Structure):
    """OPENDMARC_LIB_T: the list, and name servers, of which there are none here."""
    _fields_ = [("tld_type", ctypes.c_int), ("tld_source_file", ctypes.c_char * 4096), ("nscount", ctypes.c_int), ("nsaddr_list", ctypes.c_char * 48)]


def judge(library, question):
    text = lambda value: ctypes.c_char_p(value.encode())
    context = ctypes.c_void_p(library.opendmarc_policy_connect_init(text(question["ip"]), V4))
    try:
        library.opendmarc_policy_store_from_domain(context, text(question["from"]))
        if question["spf"]:
            library.opendmarc_policy_store_spf(context, text(question["spf"]), PASS, MAIL_FROM, None)
        if question["dkim"]:
            library.opendmarc_policy_store_dkim(context, text(question["dkim"]), text("s"), PASS, None)
        status = library.opendmarc_policy_query_dmarc(context, text(question["from"]))
        policy = library.opendmarc_get_policy_to_enforce(context)
        return POLICIES.get(policy, f"policy {policy}, query {status}")
    finally:
        library.opendmarc_policy_connect_shutdown(context)


library = ctypes.CDLL(sys.argv[1])
library.opendmarc_policy_connect_init.restype = ctypes.c_void_p
if len(sys.argv) > 2 and library.opendmarc_policy_library_init(ctypes.byref(Settings(MOZILLA, sys.argv[2].encode(), 0, b""))) != 0:
    sys.exit(f"libopendmarc cannot read {sys.argv[2]}")
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"id": question["id"], "result": judge(library, question), "detail": ""}), flush=True)
