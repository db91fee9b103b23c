# A netstring parser that keeps all digits until the ':' comes, however many there are.
use strict;
use warnings;

$| = 1;
my ($digits, $n, $data) = ('', undef, '');
while (sysread STDIN, my $chunk, 65536) {
    my $at = 0;
    while ($at < length $chunk) {
        if (!defined $n) {
            pos($chunk) = $at;
            $chunk =~ /\G[0-9]*/gc;
            $digits .= substr $chunk, $at, pos($chunk) - $at;
            $at = pos $chunk;
            exit 1 if $digits =~ /\A0./s;
            last if $at == length $chunk;
            exit 1 if substr($chunk, $at++, 1) ne ':' || $digits eq '' || length $digits > 5;
            $n = $digits;
        } elsif (length $data < $n) {
            my $part = substr $chunk, $at, $n - length $data;
            $data .= $part;
            $at += length $part;
        } else {
            exit 1 if substr($chunk, $at++, 1) ne ',';
            print unpack('H*', $data), "\n";
            ($digits, $n, $data) = ('', undef, '');
        }
    }
}
exit 0 if $digits eq '';
exit 1;
