// Evaluates questions with npm's mailauth: JSON lines in, JSON lines out (see adapters/).
//   {"kind": "spf", "ip", "helo", "sender"}   helo and sender as hexadecimal octets
//   {"kind": "dkim", "message"}               path of a message
//   {"kind": "dmarc", "from", "spf", "dkim"}  domains that passed

'use strict';
const { createRequire } = require('node:module');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { Resolver } = require('node:dns').promises;

const library = path.join(process.argv[2], 'node_modules', 'mailauth');
const load = createRequire(path.join(library, 'package.json'));
const { spf } = load('./lib/spf');
const { dkimVerify } = load('./lib/dkim/verify');
const { dmarc } = load('./lib/dmarc');

const dns = new Resolver({ timeout: 3000, tries: 2 });
dns.setServers(['127.0.0.1']);
const resolver = (name, type) => dns.resolve(name, type);
const octets = hex => Buffer.from(hex, 'hex').toString('utf8');

const evaluate = {
    async spf(question) {
        const verdict = await spf({
            sender: octets(question.sender), ip: question.ip, helo: octets(question.helo), mta: 'rx.example', resolver
        });
        return { result: verdict.status.result, detail: verdict.status.comment || '' };
    },
    async dkim(question) {
        const { results } = await dkimVerify(fs.readFileSync(question.message), { resolver });
        const [first] = results;
        return { result: first.status.result, detail: first.status.comment || '' };
    },
    async dmarc(question) {
        const verdict = await dmarc({
            headerFrom: question.from,
            spfDomains: question.spf.map(domain => ({ domain })),
            dkimDomains: question.dkim.map(domain => ({ domain })),
            resolver
        });
        if (!verdict) {
            return { result: 'none', policy: '', detail: '' };
        }
        return { result: verdict.status.result, policy: verdict.policy, detail: JSON.stringify(verdict) };
    }
};

(async () => {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const question = JSON.parse(line);
        let answer;
        try {
            answer = await evaluate[question.kind](question);
        } catch (error) {
            answer = { result: 'crash', detail: String(error.stack || error) };
        }
        console.log(JSON.stringify({ id: question.id, ...answer }));
    }
})();
