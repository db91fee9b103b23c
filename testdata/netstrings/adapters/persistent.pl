# Answers requests for streams, a JSON line each, until standard input ends. It reads
# requests only as they are documented: without blanks, and nothing escaped.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use MIME::Base64;
use Netstrings;

# The strings of a list in a request.
sub list {
    my ($request, $name) = @_;
    my ($list) = $request =~ /"$name":\[([^\]]*)\]/;
    return defined $list ? [map { decode_base64($_) } $list =~ /"([^"]*)"/g] : undef;
}

sub parse {
    my ($chunks, $limit) = @_;
    my @strings;
    my $parser = Netstrings->new(sub { push @strings, '"' . encode_base64($_[0], '') . '"' }, $limit);
    my $fine = eval { $parser->feed($_) for @$chunks; 1 };
    my $verdict = !$fine ? 'rejected' : $parser->whole ? 'complete' : 'incomplete';
    return sprintf '{"strings":[%s],"verdict":"%s"}', join(',', @strings), $verdict;
}

$| = 1;
while (my $request = <STDIN>) {
    my ($limit) = $request =~ /"limit":([0-9]+)/;
    if (my $strings = list($request, 'encode')) {
        my $stream = join '', map { Netstrings::encode($_) } @$strings;
        print '{"stream":"', encode_base64($stream, ''), "\"}\n";
    } else {
        print parse(list($request, 'chunks'), $limit), "\n";
    }
}
