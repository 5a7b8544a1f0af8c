package dev.ratelab.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Keys.Popularity;
import dev.ratelab.bench.VirtualRun.Arrival;
import dev.ratelab.bench.accuracy.GeneratedWorkloads;
import dev.ratelab.bench.accuracy.Workload;
import dev.ratelab.bench.load.Arrivals;
import dev.ratelab.bench.load.ConstantArrivals;
import dev.ratelab.bench.load.LoadKeys;
import dev.ratelab.bench.load.LoadKeys.Skew;
import dev.ratelab.bench.load.OnOffArrivals;
import dev.ratelab.bench.load.PoissonArrivals;
import dev.ratelab.limiter.Limit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything that a run draws from its seed, byte for byte. The digests were taken once: a JVM, a machine or a release that draws
 * otherwise fails here, and with it every comparison with an older run. A load that is changed on purpose changes them.
 */
class WorkloadBytesTest {
  private static final int REQUESTS = 20_000;

  private static final Map<String, String> GOLDEN = Map.ofEntries(
      Map.entry("accuracy on-off", "42c00472545c0708"),
      Map.entry("accuracy poisson", "af181789146bc3e5"),
      Map.entry("accuracy zipf", "b33e1d679bac4012"),
      Map.entry("arrivals constant", "c38f78b2a4bcb5eb"),
      Map.entry("arrivals on-off", "c1b8ebf8dad59946"),
      Map.entry("arrivals poisson", "2113aa1e660fd5f3"),
      Map.entry("keys one-hot-key", "44ff99dde098ce5c"),
      Map.entry("keys uniform", "f8d817ad4e436626"),
      Map.entry("keys zipf-0.99", "f54344777ae8554a"),
      Map.entry("load keys hot", "5c21f3679028289b"),
      Map.entry("load keys uniform", "bf26c4be30e8c58f"),
      Map.entry("load keys zipf", "24ea0ff7c6a573fd"));

  @TempDir
  private Path directory;

  @Test
  void aSeedsWorkloadsAreTheSameEverywhere() throws IOException {
    assertThat(digests(1)).containsExactlyInAnyOrderEntriesOf(GOLDEN);
  }

  /** Otherwise a digest would say nothing. */
  @Test
  void anotherSeedDrawsOtherwise() throws IOException {
    Map<String, String> other = digests(2);

    GOLDEN.forEach((what, digest) -> {
      // One key is one key, and a constant rate has no chance in it.
      boolean drawn = !what.equals("keys one-hot-key") && !what.equals("arrivals constant");
      assertThat(digest.equals(other.get(what))).as(what).isNotEqualTo(drawn);
    });
  }

  private Map<String, String> digests(long seed) throws IOException {
    Map<String, String> digests = new LinkedHashMap<>();
    for (Popularity popularity : Popularity.values()) {
      Keys keys = new Keys(popularity, seed, 3);
      Digest digest = new Digest();
      for (int i = 0; i < REQUESTS; i++) {
        digest.add(keys.at(i));
      }
      digests.put("keys " + popularity.id(), digest.hex());
    }
    for (Skew skew : Skew.values()) {
      LoadKeys keys = new LoadKeys(seed, 1_000, skew);
      Digest digest = new Digest();
      for (int i = 0; i < REQUESTS; i++) {
        digest.add(keys.at(i));
      }
      digests.put("load keys " + skew.id(), digest.hex());
    }
    Duration burst = Duration.ofMillis(100);
    for (Arrivals arrivals : new Arrivals[] {
      new ConstantArrivals(), new PoissonArrivals(), new OnOffArrivals(burst, burst)
    }) {
      Digest digest = new Digest();
      for (long nanos : arrivals.nanos(seed, 2_000, Duration.ofSeconds(10))) {
        digest.add(nanos);
      }
      digests.put("arrivals " + arrivals.name(), digest.hex());
    }
    Run run = TestRuns.of(
        directory.resolve("run-" + seed), Limit.of(100, Duration.ofSeconds(1)), seed, null);
    for (Workload workload : GeneratedWorkloads.of(run)) {
      Digest digest = new Digest();
      for (Arrival arrival : workload.arrivals()) {
        digest.add(arrival.at());
        digest.add(arrival.key());
        digest.add(arrival.cost());
      }
      digests.put("accuracy " + workload.name(), digest.hex());
    }
    return digests;
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
