package dev.ratelab.bench.simulate;

import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.limiter.Limit;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * An instance admits a request with probability (N/W) / rate, the rate being that of all requests for the key, as a shard has told it last.
 * Instances send what they have been asked from time to time; the shard's rate is the exponential average over W.
 */
final class DropByProbability extends CountLater {
  private final SplittableRandom random;
  private final double window;
  private final double permits;

  // Of each key, at its shard: requests that weigh the less the longer ago they were, and when that
  // was.
  private final double[] recent;
  private final long[] at;

  // Of each pair: the share to be admitted, 1 or more if all.
  private final float[] share;

  DropByProbability(FleetRun run) {
    super(run);
    Limit limit = run.settings().policy().limit();
    window = limit.windowMicros();
    permits = limit.permits();
    random = new SplittableRandom(Seeds.derive(run.settings().seed(), "fleet-drops", 0));
    recent = new double[run.settings().countedKeys()];
    at = new long[recent.length];
    share = new float[kept * run.settings().instances()];
    Arrays.fill(share, 1);
  }

  @Override
  public void arrive(int instance, int key, long now) {
    int pair = pair(instance, key);
    if (pair < 0 || share[pair] >= 1 || random.nextFloat() < share[pair]) {
      run.tally().admit(key, now, 0);
    } else {
      run.tally().deny(0);
    }
    add(instance, key, now);
  }

  @Override
  void count(int key, int hits, long now, int entry) {
    if (run.isLight(key)) {
      return;
    }
    recent[key] = recent[key] * StrictMath.exp((at[key] - now) / window) + hits;
    at[key] = now;
    run.events().a(entry, Float.floatToRawIntBits((float) (permits / recent[key])));
  }

  @Override
  void told(int pair, int hits, int entry) {
    share[pair] = Float.intBitsToFloat((int) run.events().a(entry));
  }

  @Override
  void lost(int pair, int hits) {
    // It goes on with what it knows.
  }

  @Override
  public void crash(int instance, long now) {
    super.crash(instance, now);
    Arrays.fill(share, instance * kept, (instance + 1) * kept, 1);
  }
}
