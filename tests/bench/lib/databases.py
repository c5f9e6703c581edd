"""The contestants that store names: PowerDNS' databases, a Lua record, and two servers that are not PowerDNS.

Each serves the zone of the questions: the names of Workshop.v4 and v6, or a wildcard in their place.
"""

import functools
import os
import sqlite3
from pathlib import Path

from contestants import APEX, UNCACHED_DATABASE
from packages import unpacked
from pdns import free_port
from policies import ZONE
from servers import Server, Unavailable, pdnsutil, power_dns

SOA = f"$ORIGIN {ZONE}.\n$TTL 3600\n@ SOA ns1.provider.net. hostmaster.provider.net. 1 10800 3600 604800 300\n@ NS ns1.provider.net.\n"
# What emailauth computes for a v4 name: the address is restated when it lies in the sender's network.
LUA = r"""
local ip = qname:toString():match('^(%d+%.%d+%.%d+%.%d+)%._ip%..+%._ehlo%.')
if not ip then return 'v=spf1 -all' end
if newNetmask('198.18.0.0/25'):match(ip) then return 'v=spf1 ip4:' .. ip .. ' -all' end
return 'v=spf1 -all'
"""


def relative(name):
    return name[:-len(ZONE) - 1]


def zone_text(questions):
    """A zone file in which every question has its answer."""
    return SOA + "".join(f'{relative(question.name)} TXT "{question.answer or "v=spf1 -all"}"\n' for question in questions)



def bind(name, shop, folder, text, signed=False, **settings):
    (folder / "zone").write_text(text, encoding="utf-8")
    (folder / "named.conf").write_text(f'zone "{ZONE}" {{ type native; file "{folder}/zone"; }};\n', encoding="utf-8")
    server = power_dns(name, folder, {
        "load-modules": module(shop, "bind"), "launch": "bind", "bind-config": folder / "named.conf",
        "bind-dnssec-db": folder / "keys.sqlite3", **UNCACHED_DATABASE, **settings}, APEX)
    pdnsutil(folder, "create-bind-db", folder / "keys.sqlite3")
    if signed:
        pdnsutil(folder, "secure-zone", ZONE)
    return server


def module(shop, package):
    return unpacked(f"pdns-backend-{package}", shop.downloads, f"*/lib{'gsqlite3' if package == 'sqlite3' else package}backend.so")


def bind_names(name, shop, folder):
    return bind(name, shop, folder, zone_text(shop.v4 + shop.v6))


def bind_names_cached(name, shop, folder):
    return bind(name, shop, folder, zone_text(shop.v4), **{"cache-ttl": 20})


def wildcard_text(_):
    return SOA + '* TXT "v=spf1 ip4:198.18.0.1 -all"\n'


def bind_wildcard(name, shop, folder, signed=False):
    return bind(name, shop, folder, wildcard_text(shop), signed)


bind_wildcard_signed = functools.partial(bind_wildcard, signed=True)


def lua_record(name, shop, folder):
    """With one Lua state for all questions; one for each question ("yes") is ten times slower."""
    code = ";" + " ".join(LUA.split())
    return bind(name, shop, folder, SOA + f'* LUA TXT "{code}"\n', **{"enable-lua-records": "shared"})


def lmdb(name, shop, folder):
    server = power_dns(name, folder, {"load-modules": module(shop, "lmdb"), "launch": "lmdb", "lmdb-filename": folder / "db",
                                      **UNCACHED_DATABASE}, APEX)
    return _loaded(server, shop, folder)


def gsqlite3(name, shop, folder):
    schema = unpacked("pdns-backend-sqlite3", shop.downloads, "*/schema.sqlite3.sql")
    with sqlite3.connect(folder / "db") as database:
        database.executescript(schema.read_text(encoding="utf-8"))
    database.close()
    server = power_dns(name, folder, {"load-modules": module(shop, "sqlite3"), "launch": "gsqlite3", "gsqlite3-database": folder / "db",
                                      "gsqlite3-pragma-synchronous": 0, **UNCACHED_DATABASE}, APEX)
    return _loaded(server, shop, folder)


def _loaded(server, shop, folder):
    (folder / "zone").write_text(zone_text(shop.v4), encoding="utf-8")
    pdnsutil(folder, "load-zone", ZONE, folder / "zone")
    pdnsutil(folder, "rectify-zone", ZONE)
    return server


# --- For orientation: what a name server does that was made for one purpose.

def nsd(name, shop, folder):
    program = unpacked("nsd", shop.downloads, "*/sbin/nsd")
    address = ("127.0.0.1", free_port())
    (folder / "zone").write_text(zone_text(shop.v4 + shop.v6), encoding="utf-8")
    (folder / "nsd.conf").write_text(
        f'server:\n ip-address: {address[0]}@{address[1]}\n server-count: 1\n username: ""\n chroot: ""\n zonesdir: "{folder}"\n'
        f' pidfile: "{folder}/pid"\n xfrdfile: "{folder}/xfrd"\n zonelistfile: "{folder}/list"\n xfrdir: "{folder}"\n'
        f' database: ""\n logfile: "{folder}/log"\n minimal-responses: yes\n'
        f'remote-control:\n control-enable: no\nzone:\n name: "{ZONE}"\n zonefile: "zone"\n', encoding="utf-8")
    return Server(name, [program, "-d", "-c", folder / "nsd.conf"], address, APEX, folder)


def rbldnsd(name, shop, folder):
    program = unpacked("rbldnsd", shop.downloads, "*/sbin/rbldnsd")
    if os.geteuid() != 0:
        raise Unavailable("rbldnsd wants to be started by root")
    address = ("127.0.0.1", free_port())
    data = folder / "data"
    data.write_text("$SOA 3600 ns1.provider.net hostmaster.provider.net 1 10800 3600 604800 300\n$NS 3600 ns1.provider.net\n"
                    + "".join(f'{relative(question.name)} 3600 TXT "{question.answer or "v=spf1 -all"}"\n' for question in shop.v4),
                    encoding="utf-8")
    return Server(name, [program, "-n", "-u", "nobody", "-w", folder, "-b", f"{address[0]}/{address[1]}", f"{ZONE}:generic:data"], address,
                  APEX, folder)
