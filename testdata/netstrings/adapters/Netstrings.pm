# A netstring parser that is fed: put your own in its place.
package Netstrings;
use strict;
use warnings;

sub new {
    my ($class, $deliver, $limit) = @_;    # deliver is called with each string
    return bless { deliver => $deliver, limit => $limit // 99999, buffer => '', length => '', colon => 0 }, $class;
}

# Dies if the stream is malformed.
sub feed {
    my ($self, $data) = @_;
    $self->{buffer} .= $data;
    my $at = 0;
    while ($at < length $self->{buffer}) {
        if (!$self->{colon}) {
            $self->header(substr $self->{buffer}, $at++, 1);
            next;
        }
        my $end = $at + $self->{length};
        last if $end >= length $self->{buffer};
        die "no comma\n" if substr($self->{buffer}, $end, 1) ne ',';
        $self->{deliver}->(substr $self->{buffer}, $at, $self->{length});
        $at = $end + 1;
        @$self{'length', 'colon'} = ('', 0);
    }
    substr($self->{buffer}, 0, $at, '');
    return;
}

sub header {
    my ($self, $c) = @_;
    if ($c eq ':' && $self->{length} ne '') {
        $self->{colon} = 1;
        return;
    }
    die "not a length\n" if $c !~ /\A[0-9]\z/ || $self->{length} eq '0';
    $self->{length} .= $c;
    die "too long\n" if $self->{length} > $self->{limit};
    return;
}

# Whether the stream may end here.
sub whole { return $_[0]{length} eq '' }

sub encode { return length($_[0]) . ":$_[0]," }

1;
