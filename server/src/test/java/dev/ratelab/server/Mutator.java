package dev.ratelab.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Makes inputs that are nearly right: those given, cut, doubled, spliced, and with words of their language and odd bytes put in. */
public final class Mutator {
  private static final int MAX_BYTES = 1 << 15;

  private static final List<String> NUMBERS =
      words("0 1 -1 +1 00 0x1 1e3 1.5 9223372036854775807 9223372036854775808 18446744073709551616"
          + " 2147483647 2147483648 7fffffff 80000000 ffffffffffffffff");

  private final List<byte[]> seeds;
  private final List<byte[]> words;

  public Mutator(List<byte[]> seeds, List<String> words) {
    this.seeds = seeds;
    this.words = words.stream().map(Mutator::bytes).toList();
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  public static List<String> words(String line, String... more) {
    return Stream.concat(Stream.of(line.split(" ")), Stream.of(more)).toList();
  }

  public byte[] next(SplittableRandom random) {
    byte[] input = seed(random);
    int changes = random.nextInt(1 + random.nextInt(1, 12));
    for (int i = 0; i < changes; i++) {
      input = changed(input, random);
    }
    return input.length > MAX_BYTES ? Arrays.copyOf(input, MAX_BYTES) : input;
  }

  private byte[] seed(SplittableRandom random) {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] changed(byte[] input, SplittableRandom random) {
    int from = random.nextInt(input.length + 1);
    int to = Math.min(input.length, from + random.nextInt(1 + random.nextInt(1, 64)));
    return switch (random.nextInt(9)) {
      case 0 -> replaced(input, from, from, new byte[] {(byte) random.nextInt(256)});
      case 1 ->
        replaced(
            input, from, Math.min(input.length, from + 1), new byte[] {(byte) random.nextInt(256)});
      case 2 -> replaced(input, from, to, new byte[0]);
      case 3 -> replaced(input, from, from, Arrays.copyOfRange(input, from, to));
      case 4, 5 -> replaced(input, from, from, words.get(random.nextInt(words.size())));
      case 6 -> replaced(input, from, to, words.get(random.nextInt(words.size())));
      case 7 -> numbered(input, from, bytes(NUMBERS.get(random.nextInt(NUMBERS.size()))));
      default -> {
        byte[] other = seed(random);
        yield replaced(
            input,
            from,
            input.length,
            Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length));
      }
    };
  }

  /** Another number in the place of the next one. */
  private static byte[] numbered(byte[] input, int from, byte[] number) {
    int begin = from;
    while (begin < input.length && !digit(input[begin])) {
      begin++;
    }
    int end = begin;
    while (end < input.length && digit(input[end])) {
      end++;
    }
    return replaced(input, begin, end, number);
  }

  private static boolean digit(byte value) {
    return value >= '0' && value <= '9';
  }

  private static byte[] replaced(byte[] input, int from, int to, byte[] by) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(input.length + by.length);
    out.write(input, 0, from);
    out.writeBytes(by);
    out.write(input, to, input.length - to);
    return out.toByteArray();
  }
}
