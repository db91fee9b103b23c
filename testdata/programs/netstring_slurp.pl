# A netstring parser that reads all of its input before it looks at it.
use strict;
use warnings;

binmode STDIN;
my $stream = do { local $/; <STDIN> } // '';
while ($stream =~ /\G(0|[1-9][0-9]{0,4}):/gc) {
    my ($n, $at) = ($1, pos $stream);
    exit 1 if length($stream) <= $at + $n || substr($stream, $at + $n, 1) ne ',';
    print unpack('H*', substr $stream, $at, $n), "\n";
    pos($stream) = $at + $n + 1;
}
exit((pos($stream) // 0) == length $stream ? 0 : 1);
