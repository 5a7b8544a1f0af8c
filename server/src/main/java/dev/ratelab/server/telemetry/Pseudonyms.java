package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.memory.KeyHash;
import java.util.HexFormat;

/**
 * Stand-ins for keys: 48 bits of a {@link KeyHash} of their own. One key has one pseudonym as long as the process lives. Without the
 * secret nobody can tell by trying whether a pseudonym is that of an address or a name.
 */
final class Pseudonyms {
  private static final int LETTERS = 12;

  private final KeyHash hash = KeyHash.random();

  String of(String key) {
    return HexFormat.of().toHexDigits(hash.of(key).low(), LETTERS);
  }
}
