"""Where other verifiers differ from us, and why we keep our answer.

Each rule takes (case, ours, theirs) for two different results and is true when it
explains the difference. Its docstring is the reason. Section numbers are RFC 7208's.
"""
import re


def same(ours, theirs):
    """Equal results; for a fail, equal explanations too."""
    if ours["result"] != theirs["result"]:
        return False
    return ours["result"] != "fail" or ours["explanation"] == theirs["explanation"].replace("DEFAULT", "")


def explain(rules, case, ours, theirs):
    return next((rule for rule in rules if rule(case, ours, theirs)), None)


def texts(case):
    return [record["TXT"] for node in case["zonedata"].values() for record in node if "TXT" in record]


def mentions(case, pattern):
    return any(re.search(pattern, text, re.IGNORECASE) for text in texts(case))


def asks_reverse_dns(case, ours):
    """We did; or a record has %{p}, for which pyspf asks before it evaluates any term."""
    return ours["asked_ptr"] or mentions(case, r"%\{p")


def has_cname(case):
    return any("CNAME" in record for node in case["zonedata"].values() for record in node)


# --- both ---

def names_behind_ptr_count_as_void(case, ours, theirs):
    """The others count names that PTR records point to, and those asked for %{p}, as void lookups.
    The client chooses its PTR records: it could turn a fail into a permerror. 4.6.4 speaks of the
    terms of the record, so that we count the PTR question itself only."""
    limit = re.search(r"void (lookup|dns look-ups) limit", theirs["reason"], re.IGNORECASE)
    return bool(limit) and asks_reverse_dns(case, ours) and ours["voids"] <= 2


def reverse_dns_errors_end_the_check(case, ours, theirs):
    """A time-out on the way to a PTR name is a temperror for the others. 5.5: such a name is skipped;
    7.3: %{p} is "unknown" then."""
    return theirs["result"] == "temperror" and asks_reverse_dns(case, ours)


def bad_macros_are_accepted(case, ours, theirs):
    """The others take "%{ir1}", "%{d0}" or "%{", or notice only when they get there. 7.1: transformers
    are digits, then "r", then delimiters; N is not zero; 4.6: errors anywhere are a permerror first."""
    return ours["result"] == "permerror" and re.search(
        r"is not a macro;|cannot be kept;|in the text of an explanation", ours["reason"]) is not None


def empty_local_part_in_s(case, ours, theirs):
    """4.3: without a local part it is "postmaster", in %{s} as in %{l}. The others do that in %{l} only."""
    return case["from"].startswith("@") and mentions(case, r"%\{s")


def redirects_count_though_not_followed(case, ours, theirs):
    """The others count a redirect though a mechanism matched. 6.1: it is only considered when none did."""
    limit = re.search(r"Too many DNS lookups|interactive terms limit", theirs["reason"])
    return bool(limit) and ours["terms"] <= 10 and mentions(case, r" redirect=")


# --- pyspf ---

def pyspf_refuses_repeated_unknown_modifiers(case, ours, theirs):
    """6: unrecognised modifiers are ignored, wherever and however often they stand."""
    return theirs["result"] == "permerror" and re.search(
        r"(?i)(op|foo|moo\.cow)= MUST appear at most once", theirs["reason"]) is not None


def pyspf_refuses_a_record_that_includes_itself(case, ours, theirs):
    """pyspf refuses it at once; by 4.6.2 terms before it may match first."""
    return "include has trivial recursion" in theirs["reason"]


def pyspf_modifier_names_have_case(case, ours, theirs):
    """pyspf takes "REDIRECT=" and "EXP=" for unknown modifiers. 12: ABNF strings have no case."""
    return any("REDIRECT=" in text or "EXP=" in text for text in texts(case))


def pyspf_does_not_see_upper_case_r(case, ours, theirs):
    """12: the "r" of a macro has no case. pyspf skips over "R"."""
    return any(re.search(r"%\{[A-Za-z]\d*R", text) for text in texts(case))


def pyspf_cname_chains(case, ours, theirs):
    """A CNAME loop is a SERVFAIL from any resolver, but no data in pyspf; each CNAME on the way to no
    data is one more void lookup there."""
    return has_cname(case) and (ours["reason"].endswith("SERVFAIL") or "Void lookup" in theirs["reason"])


# --- Mail::SPF ---

def mail_spf_matches_ip4_clients_with_ip6_networks(case, ours, theirs):
    """5.6: only ip4 is compared with an IPv4 client. Mail::SPF compares ::ffff:<client> with ip6 too."""
    return "." in case["ip"] and mentions(case, r"ip6:::")


def mail_spf_ignores_mx_beyond_ten(case, ours, theirs):
    """4.6.4: over ten MX records is a permerror (it was not in RFC 4408)."""
    return "MX records; SPF allows 10" in ours["reason"]


def mail_spf_upper_case_r(case, ours, theirs):
    """12: the "r" of a macro has no case."""
    return theirs["result"] == "permerror" and re.search(r"%\{[A-Z]\d*R", theirs["reason"]) is not None


def mail_spf_shows_bad_explanations(case, ours, theirs):
    """6.2: an explanation with a syntax error counts as none. Mail::SPF leaves the bad macro in the text."""
    return ours["result"] == theirs["result"] == "fail" and not ours["explanation"] and mentions(case, r"^no%$")


def mail_spf_writes_nibbles_in_lower_case(case, ours, theirs):
    """Names have no case; in an explanation the suite wants the nibbles of %{i} in upper case."""
    return ours["result"] == theirs["result"] == "fail" and ours["explanation"].lower() == theirs["explanation"].lower()


def mail_spf_asks_for_malformed_names(case, ours, theirs):
    """A name with an empty label cannot be asked for; Mail::SPF tries, and counts a void lookup."""
    return "void DNS look-ups" in theirs["reason"] and mentions(case, r"\.\.")


PYSPF = [names_behind_ptr_count_as_void, reverse_dns_errors_end_the_check, bad_macros_are_accepted,
         empty_local_part_in_s, pyspf_refuses_repeated_unknown_modifiers, pyspf_refuses_a_record_that_includes_itself,
         redirects_count_though_not_followed, pyspf_modifier_names_have_case, pyspf_does_not_see_upper_case_r,
         pyspf_cname_chains]
MAIL_SPF = [names_behind_ptr_count_as_void, reverse_dns_errors_end_the_check, bad_macros_are_accepted,
            empty_local_part_in_s, mail_spf_shows_bad_explanations, mail_spf_asks_for_malformed_names,
            mail_spf_writes_nibbles_in_lower_case,
            redirects_count_though_not_followed, mail_spf_matches_ip4_clients_with_ip6_networks,
            mail_spf_ignores_mx_beyond_ten, mail_spf_upper_case_r]
