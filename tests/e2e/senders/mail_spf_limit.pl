#!/usr/bin/perl
# Evaluates {"ip", "domain", "helo", "limit", "port"}, a JSON line each, with Mail::SPF and that limit of look-ups.

use strict;
use warnings;
use JSON::PP;
use Mail::SPF;
use Net::DNS::Resolver;

$| = 1;
while (my $line = <STDIN>) {
    my $question = decode_json($line);
    my $resolver = Net::DNS::Resolver->new(
        nameservers => ['127.0.0.1'], port => $question->{port}, recurse => 1, udp_timeout => 5, tcp_timeout => 5, retry => 1);
    my $server = Mail::SPF::Server->new(
        dns_resolver => $resolver, max_dns_interactive_terms => $question->{limit}, max_void_dns_lookups => 0);
    my $request = Mail::SPF::Request->new(
        scope => 'mfrom', identity => "joe\@$question->{domain}", helo_identity => $question->{helo}, ip_address => $question->{ip});
    my $result = eval { $server->process($request)->code } // "crash: $@";
    print encode_json({result => $result}), "\n";
}
