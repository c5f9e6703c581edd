"""A report database as emailauth 0.1.0 made it (version 1 of the tables), with what its ingest put there."""
import sqlite3

SCHEMA = """
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  domain INTEGER NOT NULL REFERENCES name,
  organisation INTEGER NOT NULL REFERENCES name,
  report_id TEXT NOT NULL,
  begin INTEGER NOT NULL,
  end INTEGER NOT NULL,
  day INTEGER NOT NULL,
  policy INTEGER REFERENCES name,
  messages INTEGER NOT NULL,
  UNIQUE (domain, organisation, kind, begin, report_id)
);
CREATE TABLE flow (
  id INTEGER PRIMARY KEY,
  source BLOB NOT NULL,
  header_from TEXT NOT NULL,
  envelope_from TEXT NOT NULL,
  verdict INTEGER NOT NULL,
  results TEXT NOT NULL,
  UNIQUE (source, header_from, results, verdict, envelope_from)
);
CREATE TABLE fact (
  domain INTEGER NOT NULL REFERENCES name,
  day INTEGER NOT NULL,
  receiver INTEGER NOT NULL REFERENCES name,
  flow INTEGER NOT NULL REFERENCES flow,
  disposition INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (domain, day, receiver, flow, disposition)
) WITHOUT ROWID;
CREATE TABLE tls_policy (
  report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  type TEXT NOT NULL,
  domain TEXT NOT NULL,
  successes INTEGER NOT NULL,
  failures INTEGER NOT NULL
);
CREATE INDEX tls_policy_report ON tls_policy (report);
CREATE TABLE tls_failure (
  report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  result_type TEXT NOT NULL,
  sending_address TEXT NOT NULL,
  receiving_host TEXT NOT NULL,
  receiving_address TEXT NOT NULL,
  reason_code TEXT NOT NULL,
  count INTEGER NOT NULL
);
CREATE INDEX tls_failure_report ON tls_failure (report);
CREATE TABLE failure (
  report INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
  type TEXT NOT NULL,
  auth_failure TEXT NOT NULL,
  source TEXT NOT NULL,
  mail_from TEXT NOT NULL,
  rcpt_to TEXT NOT NULL,
  dkim_domain TEXT NOT NULL,
  dkim_selector TEXT NOT NULL,
  delivery_result TEXT NOT NULL,
  identity_alignment TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  authentication_results TEXT NOT NULL,
  headers TEXT NOT NULL,
  message TEXT NOT NULL
);
CREATE INDEX failure_report ON failure (report);
CREATE TABLE set_aside (place TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE alert (domain TEXT NOT NULL, key TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (domain, key));
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class OldDatabase:
    def __init__(self, path):
        self.connection = sqlite3.connect(path)
        self.connection.executescript("PRAGMA journal_mode = WAL;" + SCHEMA + "PRAGMA user_version = 1; PRAGMA application_id = 0x65617274;")

    def close(self):
        self.connection.commit()
        self.connection.close()

    def name(self, text):
        self.connection.execute("INSERT OR IGNORE INTO name (text) VALUES (?)", (text,))
        return self.connection.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()[0]

    def report(self, domain, organisation, report_id, begin, kind=1, policy="p=none; adkim=r; aspf=r", messages=0):
        return self.connection.execute(
            "INSERT INTO report (kind, domain, organisation, report_id, begin, end, day, policy, messages) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (kind, self.name(domain), self.name(organisation), report_id, begin, begin + 86399, begin // 86400,
             self.name(policy) if kind == 1 else None, messages)).lastrowid

    def fact(self, domain, organisation, begin, source=b"\xc0\x00\x02\x05", count=10, results=""):
        self.connection.execute("INSERT OR IGNORE INTO flow (source, header_from, envelope_from, verdict, results) VALUES (?, ?, '', 3, ?)",
                                (source, domain, results))
        flow, = self.connection.execute("SELECT id FROM flow WHERE source = ? AND header_from = ? AND results = ?", (source, domain, results)).fetchone()
        self.connection.execute("INSERT INTO fact VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                                (self.name(domain), begin // 86400, self.name(organisation), flow, count))
