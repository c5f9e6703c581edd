#!/usr/bin/perl
# Evaluates questions with Mail::SPF, for compare_with_others: reads and writes
# JSON lines as evaluate_lines does. DNS is the "zonedata" of each question.
use strict;
use warnings;
use JSON::PP;
use Mail::SPF;
use Net::DNS;

package ZoneResolver;

sub new { my ($class, $zone) = @_; return bless {zone => {map { lc($_) => $zone->{$_} } keys %$zone}, error => ''}, $class; }
sub errorstring { return $_[0]{error}; }

sub records {
    my ($self, $name, $type, $packet, $depth) = @_;
    my $node = $self->{zone}{lc $name} or return 'NXDOMAIN';
    my ($found, $cname, $otherwise) = (0, undef, 'NOERROR');
    for my $record (@$node) {
        my ($kind, $value) = %$record;
        $otherwise = 'timeout' if $kind eq 'TIMEOUT';
        $cname = $value if $kind eq 'CNAME';
        next if $kind ne $type;
        $found = 1;
        my %rr = (name => $name, type => $type);
        $rr{address} = $value if $type eq 'A' || $type eq 'AAAA';
        $rr{ptrdname} = $value if $type eq 'PTR';
        @rr{'preference', 'exchange'} = @$value if $type eq 'MX';
        $rr{txtdata} = [unpack '(a255)*', $value] if $type eq 'TXT';
        $packet->push(answer => Net::DNS::RR->new(%rr));
    }
    return 'NOERROR' if $found;
    return $depth < 9 ? $self->records($cname, $type, $packet, $depth + 1) : 'SERVFAIL' if defined $cname;
    return $otherwise;
}

sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new;
    $self->{error} = '';
    my $rcode = $self->records($name, $type, $packet, 0);
    if ($rcode eq 'timeout') { $self->{error} = 'query timed out'; return undef; }
    $packet->header->rcode($rcode);
    return $packet;
}

package main;

binmode STDIN,  ':raw';
binmode STDOUT, ':raw';
my $json = JSON::PP->new->utf8->canonical;
while (my $line = <STDIN>) {
    my $case = $json->decode($line);
    my $answer = eval {
        my $server = Mail::SPF::Server->new(
            dns_resolver => ZoneResolver->new($case->{zonedata}), hostname => 'unknown',
            default_authority_explanation => 'DEFAULT');
        my $request = Mail::SPF::Request->new(
            versions => [1], scope => 'mfrom', identity => $case->{from},
            ip_address => $case->{ip}, helo_identity => $case->{helo});
        my $result = $server->process($request);
        my $explanation = $result->can('authority_explanation') ? '' . $result->authority_explanation : '';
        {result => '' . $result->code, reason => '' . $result->local_explanation, explanation => $explanation};
    };
    $answer //= {result => 'exception', reason => "$@", explanation => ''};
    print $json->encode($answer), "\n";
}
