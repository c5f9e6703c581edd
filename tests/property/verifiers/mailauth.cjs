// Judges messages with npm's mailauth, whose DNS is whoever asks (see ../verifier.h).
//   node mailauth.cjs DIRECTORY   the directory that holds node_modules

'use strict';
const { createRequire } = require('node:module');
const path = require('node:path');
const readline = require('node:readline');
const { domainToASCII } = require('node:url');

const library = path.join(path.resolve(process.argv[2]), 'node_modules', 'mailauth');
const { spf } = createRequire(path.join(library, 'package.json'))('./lib/spf');

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = what => process.stdout.write(JSON.stringify(what) + '\n');

const failure = code => Object.assign(new Error(code), { code });

// The name as c-ares writes it: "\." is a dot inside a label, "\065" an octet.
const toWire = name => {
    const labels = [[]];
    const octets = Buffer.from(/[^\x00-\x7f]/.test(name) ? domainToASCII(name) : name, 'latin1');
    for (let at = 0; at < octets.length; at++) {
        let octet = octets[at];
        if (octet === 0x2e) {
            labels.push([]);
            continue;
        }
        if (octet === 0x5c) {
            const digits = octets.toString('latin1', at + 1, at + 4);
            octet = /^[0-9]{3}$/.test(digits) ? Number(digits) & 0xff : octets[at + 1];
            at += /^[0-9]{3}$/.test(digits) ? 3 : 1;
        }
        labels[labels.length - 1].push(octet);
    }
    if (labels.length > 1 && !labels[labels.length - 1].length) {
        labels.pop();
    }
    if (labels.some(label => !label.length || label.length > 63 || label.includes(undefined))) {
        throw failure('EBADNAME');
    }
    const wire = Buffer.from([...labels.flatMap(label => [label.length, ...label]), 0]);
    if (wire.length > 255) {
        throw failure('EBADNAME');
    }
    return wire;
};

// One question at a time: mailauth asks for A and AAAA at once.
let last = Promise.resolve();
const resolver = (name, type) => {
    const answer = last.then(async () => {
        say({ ask: toWire(name).toString('hex'), type });
        return JSON.parse((await lines.next()).value);
    });
    last = answer.catch(() => false);
    return answer.then(({ rcode, texts, addresses }) => {
        const records = type === 'TXT' ? texts.map(text => [text]) : addresses;
        if (rcode !== 'NOERROR') {
            throw failure(rcode === 'NXDOMAIN' ? 'ENOTFOUND' : 'ESERVFAIL');
        }
        if (!records.length) {
            throw failure('ENODATA');
        }
        return records;
    });
};

const octets = hex => Buffer.from(hex, 'hex').toString('utf8');

const judge = async question => {
    try {
        const { status } = await spf({
            sender: octets(question.sender), ip: question.ip, helo: octets(question.helo), mta: 'rx.example', resolver
        });
        return { verdict: status.result, detail: status.comment || '' };
    } catch (error) {
        return { verdict: 'crash', detail: String(error) };
    } finally {
        await last;
    }
};

(async () => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
        say(await judge(JSON.parse(line.value)));
    }
})();
