#!/usr/bin/perl
# Turns a password into what may lie on a card: a Wi-Fi key (IEEE 802.11i, PBKDF2) or a login hash (SHA-512 crypt).
# Perl, because macOS and every Linux bring it with Digest::SHA, and neither's `openssl` can do both.
#   secrets.pl psk SSID   < passphrase     64 hexadecimal digits
#   secrets.pl crypt SALT < password       $6$SALT$...   (5,000 rounds; SALT is 1 to 16 of ./0-9A-Za-z)
# The secret comes by standard input: a command line can be read by everybody on the computer.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha1 sha512);

my ($mode, $salt) = @ARGV;
die "usage: secrets.pl psk SSID | crypt SALT\n" unless defined $salt && ($mode eq 'psk' || $mode eq 'crypt');
binmode STDIN;
my $secret = do { local $/; <STDIN> };
$secret = '' unless defined $secret;

# RFC 8018 section 5.2 with HMAC-SHA1, 4,096 rounds, 32 bytes.
sub psk {
  my $key = '';
  for my $block (1 .. 2) {
    my $round = hmac_sha1($salt . pack('N', $block), $secret);
    my $sum = $round;
    for (2 .. 4096) {
      $round = hmac_sha1($round, $secret);
      $sum ^= $round;
    }
    $key .= $sum;
  }
  return unpack('H*', substr($key, 0, 32));
}

# A digest repeated and cut to the length of $like.
sub stretched {
  my ($digest, $like) = @_;
  my $length = length $like;
  return substr($digest x (int($length / 64) + 1), 0, $length);
}

# The order in which the bytes of the last digest are written out, three at a time.
my @order = map { my @three = ($_, $_ + 21, $_ + 42); [map { $three[($_ + $three[0]) % 3] } 0 .. 2] } 0 .. 20;
my @letters = ('.', '/', 0 .. 9, 'A' .. 'Z', 'a' .. 'z');

sub letters_of {
  my ($value, $count) = @_;
  return join '', map { my $letter = $letters[$value & 63]; $value >>= 6; $letter } 1 .. $count;
}

# Unix crypt using SHA-256 and SHA-512, U. Drepper, version 0.6, steps 1 to 22.
sub crypted {
  die "a salt has 1 to 16 of ./0-9A-Za-z\n" unless $salt =~ m{^[./0-9A-Za-z]{1,16}$};
  my $length = length $secret;
  my $other = sha512($secret . $salt . $secret);
  my $start = $secret . $salt . stretched($other, $secret);
  for (my $bits = $length; $bits > 0; $bits >>= 1) {
    $start .= $bits & 1 ? $other : $secret;
  }
  my $digest = sha512($start);
  my $p = stretched(sha512($secret x $length), $secret);
  my $s = stretched(sha512($salt x (16 + ord substr($digest, 0, 1))), $salt);
  for my $round (0 .. 4999) {
    my $odd = $round & 1;
    my $text = $odd ? $p : $digest;
    $text .= $s if $round % 3;
    $text .= $p if $round % 7;
    $digest = sha512($text . ($odd ? $digest : $p));
  }
  my @bytes = unpack 'C*', $digest;
  my $hash = join '', map { letters_of($bytes[$_->[0]] << 16 | $bytes[$_->[1]] << 8 | $bytes[$_->[2]], 4) } @order;
  return "\$6\$$salt\$$hash" . letters_of($bytes[63], 2);
}

print $mode eq 'psk' ? psk() : crypted(), "\n";
