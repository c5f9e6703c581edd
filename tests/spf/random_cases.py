"""Random SPF questions: a few domains that refer to each other, hosts, and clients.

Most records are valid; each rare thing (bad syntax, time-outs, loops, voids, macros)
stands in a small share of them, so that it is met alone as well as with others.
"""
import random

DOMAINS = ["d%d.example.com" % i for i in range(5)]
HOSTS = ["h%d.example.net" % i for i in range(4)]
V4 = ["192.0.2.1", "192.0.2.2", "192.0.2.77", "198.51.100.1", "203.0.113.9"]
V6 = ["2001:db8::1", "2001:db8::2", "2001:db8:1::77", "2001:db8:ffff::9"]
HELOS = ["mta.example.org", "h0.example.net", "MTA.Example.ORG", "a-b.example.org"]
SENDERS = ["joe", "Joe.Blow", "joe+tag", "strong-bad", "j%doe", "a=b_c", ""]

BAD_TERMS = ["apple", "ip4", "ip4:", "ip4:1.2.3", "ip4:1.2.3.4/33", "ip4:1.2.3.4/08", "ip4:1.2.3.256", "ip4:2001:db8::1",
             "ip6:1.2.3.4", "ip6:2001:db8::1/129", "ip6:::1::", "a/33", "a//129", "a/-1", "a:", "mx:", "include", "include:",
             "exists", "ptr/24", "all/8", "-all:x", "a:h0.example.net:25", "a:foo", "a:h0.example.123", "a:%{d", "a:%{z}",
             "exists:%(i).example.com", "a:%{d0}.example.com", "redirect:d1.example.com", "++a", "=x", "exists:%{c}.x.example",
             "a:x..example.com", "ipv4:1.2.3.4", "exp=", "redirect=", "a:h0.example.net/24/64", "x=%{", "a:%{ir1}.example.net",
             "exists:%{hr-.2}.v.example.net"]
MACRO_DOMAINS = ["%{i}.x.%{d}", "%{ir}.%{v}.x.%{d}", "%{l}.l.%{d}", "%{d2}.y.example.net", "%{o}.z.example.net",
                 "%{h}.w.example.net", "%{l1r+-}.l.%{d}", "%{s}.s.example.net", "%{d1r}.q.example.net", "%{i1r}.example.net",
                 "%{L}.l.%{d}", "a%%b%_c%-d.example.net", "%{dr}", "%{h2}", "%{D}", "%{i99}.x.%{d}", "%{h2r-.}.v.example.net"]


class Cases:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, choices):
        return self.random.choice(choices)

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def target(self):
        roll = self.random.random()
        if roll < 0.55:
            return self.pick(HOSTS)
        if roll < 0.75:
            return self.pick(DOMAINS)
        if roll < 0.90:
            return self.pick(MACRO_DOMAINS)
        return self.pick(["missing%d.example.net" % self.random.randrange(4), "H0.Example.NET.", "%{p}.p.example.net"])

    def cidr(self):
        return self.pick(["", "", "", "/24", "//64", "/24//64", "/0", "/31//127", "//0"])

    def mechanism(self):
        kind = self.pick(["ip4", "ip4", "ip4", "ip6", "ip6", "a", "a", "mx", "include", "include", "exists", "ptr", "all"])
        if kind == "ip4":
            return "ip4:" + self.pick(V4) + self.pick(["", "", "/24", "/30", "/32", "/0"])
        if kind == "ip6":
            if self.chance(1):
                return self.pick(["ip6:::/0", "ip6:::ffff:192.0.2.1", "ip6:::ffff:0:0/96"])
            return "ip6:" + self.pick(V6) + self.pick(["", "", "/64", "/126", "/128", "/16"])
        if kind in ("a", "mx"):
            return kind + ("" if self.chance(25) else ":" + self.target()) + self.cidr()
        if kind == "include":
            return "include:" + (self.pick(DOMAINS) if self.chance(85) else self.target())
        if kind == "exists":
            return "exists:" + (self.pick(MACRO_DOMAINS) if self.chance(70) else self.target())
        if kind == "ptr":
            return "ptr" + ("" if self.chance(40) else ":" + self.pick(["example.net", "example.com", self.target()]))
        return "all" if self.chance(30) else "ip4:198.51.100.0/24"

    def modifier(self):
        return self.pick(["redirect=" + (self.pick(DOMAINS) if self.chance(80) else self.target()),
                          "exp=" + self.pick(["why.example.net", "why2.example.net", "%{d}.why.example.net", self.target()]),
                          "foo=%{d}bar", "moo.cow=", "op=helo"])

    def record(self):
        terms = [self.pick(["", "", "", "+", "-", "~", "?"]) + self.mechanism() for _ in range(self.pick([0, 1, 2, 3, 4, 6]))]
        for _ in range(self.pick([0, 0, 0, 1, 1, 2])):
            terms.insert(self.random.randrange(len(terms) + 1), self.modifier())
        if self.chance(60):
            terms.append(self.pick(["-all", "~all", "?all", "+all", "-all"]))
        if self.chance(5):
            terms.insert(self.random.randrange(len(terms) + 1), self.pick(BAD_TERMS))
        if self.chance(10):
            terms = [term.upper() if self.chance(30) else term for term in terms]
        return self.pick(["v=spf1 ", "v=spf1 ", "v=spf1 ", "V=SPF1  "]) + " ".join(terms) + self.pick(["", "", " "])

    def domain_node(self):
        node = [{"TXT": self.record()}]
        if self.chance(2):
            node.append({"TXT": self.record()})
        if self.chance(10):
            node.append({"TXT": self.pick(["unrelated", "v=spf10 -all", "spf2.0/pra -all"])})
        if self.chance(2):
            node = self.pick([[{"TIMEOUT": True}], [{"TXT": "nothing here"}], [{"CNAME": self.pick(DOMAINS)}]])
        return node + self.host_node() if self.chance(40) and "CNAME" not in node[0] else node

    def host_node(self):
        node = [{"A": self.pick(V4)} for _ in range(self.pick([0, 1, 1, 2]))]
        node += [{"AAAA": self.pick(V6)} for _ in range(self.pick([0, 1, 1]))]
        for _ in range(self.pick([0, 0, 1, 2, 11]) if self.chance(50) else 0):
            node.append({"MX": [self.random.randrange(30), self.pick(HOSTS)]})
        if self.chance(3):
            node.append({"TIMEOUT": True})
        return node

    def zone(self):
        zone = {domain: self.domain_node() for domain in DOMAINS if not self.chance(4)}
        zone.update({host: self.host_node() for host in HOSTS if not self.chance(10)})
        zone["why.example.net"] = [{"TXT": self.pick(["%{i} %{c} %{d} %{l} %{h} %{r}", "no%", "plain text", "%{S} %{p}"])}]
        zone["why2.example.net"] = [{"TXT": "one"}, {"TXT": "two"}]
        for name in ["192.0.2.1.x.d0.example.com", "1.2.0.192.in-addr.x.d1.example.com", "joe.l.d0.example.com", "com.example.d0",
                     "example.com.y.example.net", "d0.example.com.z.example.net", "mta.example.org.w.example.net",
                     "bad.strong.l.d0.example.com", "192.example.net", "a%b c%20d.example.net", "blow.joe.l.d1.example.com"]:
            if self.chance(70):
                zone[name] = [{"A": "127.0.0.2"}]
        return zone

    def add_reverse(self, zone, ip):
        name = reverse_name(ip)
        if self.chance(60):
            names = self.random.sample(HOSTS + DOMAINS + ["liar.example.org"], self.pick([1, 1, 2, 3]))
            zone[name] = [{"PTR": host} for host in names]

    def questions(self, count):
        zone = self.zone()
        for ip in V4 + V6:
            self.add_reverse(zone, ip)
        for _ in range(count):
            ip = self.pick(V4 + V6) if self.chance(95) else "::ffff:192.0.2.1"
            sender = "%s@%s" % (self.pick(SENDERS), self.pick(DOMAINS))
            yield {"zonedata": zone, "ip": ip, "helo": self.pick(HELOS), "from": sender}


def reverse_name(ip):
    import ipaddress
    return ipaddress.ip_address(ip).reverse_pointer


def generate(seed, count):
    cases = Cases(seed)
    out = []
    while len(out) < count:
        out.extend(cases.questions(5))
    return out[:count]
