package dev.ratelab.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.GeneratedWorkloads;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.bench.workload.Workload;
import dev.ratelab.limiter.Limit;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Everything that a run draws from its seed, byte for byte. The digests were taken once: a JVM, a machine or a release that draws
 * otherwise fails here, and with it every comparison with an older run. A load that is changed on purpose changes them.
 */
class WorkloadBytesTest {
  private static final int REQUESTS = 20_000;

  private static final Map<String, String> GOLDEN = Map.ofEntries(
      Map.entry("accuracy on-off", "42c00472545c0708"),
      Map.entry("accuracy poisson", "af181789146bc3e5"),
      Map.entry("accuracy zipf", "55e76ecab2e57f3b"),
      Map.entry("arrivals constant", "c38f78b2a4bcb5eb"),
      Map.entry("arrivals on-off", "c1b8ebf8dad59946"),
      Map.entry("arrivals poisson", "2113aa1e660fd5f3"),
      Map.entry("keys half-hot", "85942acdc861e1bf"),
      Map.entry("keys one-hot-key", "44ff99dde098ce5c"),
      Map.entry("keys uniform", "f8d817ad4e436626"),
      Map.entry("keys zipf-0.99", "f54344777ae8554a"),
      Map.entry("load keys half-hot", "ceaa26ae6bc18a14"),
      Map.entry("load keys one-hot-key", "44ff99dde098ce5c"),
      Map.entry("load keys uniform", "95ee6f840200a155"),
      Map.entry("load keys zipf-0.99", "084d9c86d660f689"));

  @Test
  void aSeedsWorkloadsAreTheSameEverywhere() {
    assertThat(digests(1)).containsExactlyInAnyOrderEntriesOf(GOLDEN);
  }

  /** Otherwise a digest would say nothing. */
  @Test
  void anotherSeedDrawsOtherwise() {
    Map<String, String> other = digests(2);

    GOLDEN.forEach((what, digest) -> {
      // One key is one key, and a constant rate has no chance in it.
      boolean drawn = !what.endsWith("keys one-hot-key") && !what.equals("arrivals constant");
      assertThat(digest.equals(other.get(what))).as(what).isNotEqualTo(drawn);
    });
  }

  private Map<String, String> digests(long seed) {
    Map<String, String> digests = new LinkedHashMap<>();
    for (Popularity popularity : Popularity.values()) {
      digests.put("keys " + popularity.id(), digest(KeySequence.ofThread(popularity, seed, 3)));
      digests.put(
          "load keys " + popularity.id(), digest(KeySequence.ofLoad(popularity, seed, 1_000)));
    }
    Duration burst = Duration.ofMillis(100);
    for (ArrivalProcess arrivals : new ArrivalProcess[] {
      new ArrivalProcess.Constant(),
      new ArrivalProcess.Poisson(),
      new ArrivalProcess.OnOff(burst, burst)
    }) {
      Digest digest = new Digest();
      for (long nanos : arrivals.nanos(seed, 2_000, Duration.ofSeconds(10))) {
        digest.add(nanos);
      }
      digests.put("arrivals " + arrivals.name(), digest.hex());
    }
    for (Workload workload :
        GeneratedWorkloads.of(Limit.of(100, Duration.ofSeconds(1)), seed, 600)) {
      Digest digest = new Digest();
      for (VirtualRequest arrival : workload.arrivals()) {
        digest.add(arrival.at());
        digest.add(arrival.key());
        digest.add(arrival.cost());
      }
      digests.put("accuracy " + workload.name(), digest.hex());
    }
    return digests;
  }

  private static String digest(KeySequence keys) {
    Digest digest = new Digest();
    for (int i = 0; i < REQUESTS; i++) {
      digest.add(keys.at(i));
    }
    return digest.hex();
  }

  private static final class Digest {
    private final MessageDigest digest;

    Digest() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    void add(long number) {
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    }

    void add(String text) {
      digest.update(text.getBytes(UTF_8));
      digest.update((byte) 0);
    }

    /** Enough of it. */
    String hex() {
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }
  }
}
