#!/usr/bin/perl
# Evaluates SPF questions with Mail::SPF: JSON lines in, JSON lines out (see adapters/spf.py).

use strict;
use warnings;
use JSON::PP;
use Mail::SPF;
use Net::DNS::Resolver;

$| = 1;
my $resolver = Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], udp_timeout => 5, tcp_timeout => 5, retry => 1);
my $server = Mail::SPF::Server->new(dns_resolver => $resolver);

while (my $line = <STDIN>) {
    my $question = decode_json($line);
    my ($helo, $sender) = map { pack('H*', $question->{$_}) } qw(helo sender);
    my ($result, $detail) = eval {
        my %identity = $sender eq ''
            ? (scope => 'helo', identity => $helo)
            : (scope => 'mfrom', identity => $sender, helo_identity => $helo);
        my $verdict = $server->process(Mail::SPF::Request->new(%identity, ip_address => $question->{ip}));
        ($verdict->code, $verdict->local_explanation . '');
    };
    if (!defined $result) {
        my $error = ref $@ && $@->can('text') ? $@->text : "$@";
        ($result, $detail) = ('crash', $error);
    }
    $detail =~ s/[^\x20-\x7e]/?/g;
    print encode_json({id => $question->{id}, result => $result, detail => $detail}), "\n";
}
