# Parses standard input as it comes, and writes each string as a line of hex.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Netstrings;

$| = 1;
my $parser = Netstrings->new(sub { print unpack('H*', $_[0]), "\n" });
while (1) {
    my $n = sysread STDIN, my $data, 65536;    # what there is; read would wait for more
    die "standard input: $!\n" unless defined $n;
    last if $n == 0;
    eval { $parser->feed($data); 1 } or exit 1;
}
exit($parser->whole ? 0 : 1);
