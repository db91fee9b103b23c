# A poetry server with a process for each client. With a fourth argument it does
# not wait for those that have ended.
use strict;
use warnings;
use IO::Socket::INET;

my ($host, $port, $name, $careless) = @ARGV;
open my $file, '<:raw', $name or die "$name: $!\n";
my $poem = do { local $/; <$file> } // '';
close $file;
$SIG{CHLD} = 'IGNORE' unless $careless;
my $listener = IO::Socket::INET->new(LocalAddr => $host, LocalPort => $port, Listen => 100, ReuseAddr => 1)
    or die "$host:$port: $!\n";
while (1) {
    my $client = $listener->accept or next;
    my $pid = fork;
    if (!defined $pid) {
        warn "fork: $!\n";
    } elsif ($pid == 0) {
        close $listener;
        my $sent = 0;
        while ($sent < length $poem) {
            my $n = syswrite $client, $poem, length($poem) - $sent, $sent;
            last unless defined $n;    # the client has gone
            $sent += $n;
        }
        exit 0;
    }
    close $client;
}
