#!/usr/bin/perl
# Judges messages with Mail::SPF, whose DNS is whoever asks (see ../verifier.h).

use strict;
use warnings;
use JSON::PP;
use Mail::SPF;
use Net::DNS;

# A Net::DNS::Resolver as far as Mail::SPF needs one. Names that Net::DNS refuses make it die, as they do there.
package AskingResolver;

sub new { return bless {}, shift }
sub errorstring { return '' }

sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new($name, $type);
    my $wire = substr($packet->data, 12, -4);    # the question alone: between the header and type and class
    my $answer = main::ask({ask => unpack('H*', $wire), type => $type});
    $packet->header->rcode($answer->{rcode});
    my ($question) = $packet->question;
    for my $text (@{$answer->{texts}}) {
        $packet->push(answer => Net::DNS::RR->new(owner => $question->qname, type => 'TXT', txtdata => [$text]));
    }
    for my $address (@{$answer->{addresses}}) {
        $packet->push(answer => Net::DNS::RR->new(owner => $question->qname, type => $type, address => $address));
    }
    return $packet;
}

package main;

$| = 1;
my $json = JSON::PP->new->latin1;

sub say_it { print $json->encode($_[0]), "\n" }

sub ask {
    say_it($_[0]);
    my $line = <STDIN>;
    exit 0 if !defined $line;
    return $json->decode($line);
}

my $server = Mail::SPF::Server->new(dns_resolver => AskingResolver->new, hostname => 'rx.example');

while (my $line = <STDIN>) {
    my $question = $json->decode($line);
    my ($helo, $sender) = map { pack('H*', $question->{$_}) } qw(helo sender);
    my ($verdict, $detail) = eval {
        local $SIG{ALRM} = sub { die "it does not end\n" };
        alarm 3;
        my %identity = $sender eq ''
            ? (scope => 'helo', identity => $helo)
            : (scope => 'mfrom', identity => $sender, helo_identity => $helo);
        my $result = $server->process(Mail::SPF::Request->new(%identity, ip_address => $question->{ip}));
        alarm 0;
        ($result->code, $result->local_explanation . '');
    };
    if (!defined $verdict) {
        my $error = ref $@ && $@->can('text') ? $@->text : "$@";
        ($verdict, $detail) = ('crash', $error);
    }
    alarm 0;
    $detail =~ s/[^\x20-\x7e]/?/g;
    say_it({verdict => $verdict, detail => $detail});
}
