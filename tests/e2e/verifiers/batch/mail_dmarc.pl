#!/usr/bin/perl
# Judges mail with Mail::DMARC (RFC 7489): JSON lines in, JSON lines out (see adapters/).
#   mail_dmarc.pl PUBLIC-SUFFIX-LIST
#   {"id", "from", "ip", "spf", "dkim"}   lists of domains that passed

use strict;
use warnings;
use JSON::PP;
use Mail::DMARC::PurePerl;

$| = 1;
my ($suffixes) = @ARGV;

sub judge {
    my ($question) = @_;
    my $dmarc = Mail::DMARC::PurePerl->new;
    $dmarc->config->{dns}{public_suffix_list} = $suffixes;
    $dmarc->source_ip($question->{ip});
    $dmarc->envelope_to('rx.example.com');
    $dmarc->header_from($question->{from});
    $dmarc->spf([map { {scope => 'mfrom', domain => $_, result => 'pass'} } @{$question->{spf}}]);
    $dmarc->dkim([map { {domain => $_, selector => 's1', result => 'pass', human_result => ''} } @{$question->{dkim}}]);
    return $dmarc->validate->result;
}

while (my $line = <STDIN>) {
    my $question = decode_json($line);
    my $result = eval { judge($question) };
    my $detail = defined $result ? '' : "$@";
    $result //= 'refused' if $detail =~ /^invalid header_from/;    # it takes no underscore there
    $detail =~ s/[^\x20-\x7e]/?/g;
    print encode_json({id => $question->{id}, result => $result // 'crash', detail => $detail}), "\n";
}
