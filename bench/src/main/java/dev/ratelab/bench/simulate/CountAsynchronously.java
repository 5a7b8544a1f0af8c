package dev.ratelab.bench.simulate;

import java.util.Arrays;

/**
 * An instance decides on what it knows: a copy of the key's counter, as the shard had it after the last count that it sent, and what it has
 * admitted itself since. Counts go out from time to time, as with Gubernator's GLOBAL behaviour. The shard charges what it is told as far
 * as there is room. Of a key that nothing is kept of an instance knows nothing, so it admits all.
 */
final class CountAsynchronously extends CountLater {
  private final CentralCounters known;
  private final long mostCost;

  /** Of each pair, what was admitted and is not in the copy. */
  private final int[] pending;

  CountAsynchronously(FleetRun run) {
    super(run);
    int pairs = kept * run.settings().instances();
    known = new CentralCounters(run.settings().policy(), pairs);
    mostCost = run.settings().policy().limit().maxCost();
    pending = new int[pairs];
  }

  @Override
  public void arrive(int instance, int key, long now) {
    int pair = pair(instance, key);
    if (pair >= 0) {
      if (pending[pair] >= mostCost
          || !known.admits(pair, run.clock(instance, now), pending[pair] + 1L)) {
        run.tally().deny(0);
        return;
      }
      pending[pair]++;
    }
    run.tally().admit(key, now, 0);
    add(instance, key, now);
  }

  @Override
  void count(int key, int hits, long at, int entry) {
    CentralCounters counters = run.counters();
    if (run.isLight(key)) {
      return;
    }
    if (!counters.decide(key, at, Math.min(hits, mostCost)) && counters.remaining() > 0) {
      var unused = counters.decide(key, at, Math.min(hits, counters.remaining()));
    }
    counters.write(key, run.events(), entry);
  }

  @Override
  void told(int pair, int hits, int entry) {
    known.read(pair, run.events(), entry);
    pending[pair] -= hits;
  }

  @Override
  void lost(int pair, int hits) {
    pending[pair] -= hits;
  }

  @Override
  public void crash(int instance, long now) {
    super.crash(instance, now);
    Arrays.fill(pending, instance * kept, (instance + 1) * kept, 0);
    for (int pair = instance * kept; pair < (instance + 1) * kept; pair++) {
      known.clear(pair);
    }
  }
}
