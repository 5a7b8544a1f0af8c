package dev.ratelab.bench.simulate;

import dev.ratelab.bench.workload.Seeds;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * One design in virtual time: instances and their clocks, the network, the shards and the counters on them. What instances do is the
 * {@link FleetDesign}'s.
 */
final class FleetRun {
  private static final int AT_SHARD = 0x80;
  private static final long NEVER = Long.MAX_VALUE;

  /** So many requests are read ahead together: about as many reads of memory as a processor has under way at once. */
  private static final int READ_AHEAD = 8;

  private final FleetSettings settings;
  private final long start;
  private final EventWheel events;
  private final CentralCounters counters;
  private final FleetTally tally;
  private final SplittableRandom random;
  private final FleetDesign design;

  // Of each instance.
  private final int[] epoch;
  private final long[] downUntil;
  private final long[] offset;
  private final double[] rate;

  // In order of time.
  private final long[] crashAt;
  private final int[] crashOf;
  private int crashes;

  // Of each shard, in nanoseconds.
  private final long[] busyUntil;
  private final long[] busy;
  private final long[] calls;
  private long requests;

  /** Of no meaning: it is a field so that the compiler does not leave out what is added up here. */
  @SuppressWarnings("UnusedVariable")
  private long readAhead;

  FleetRun(FleetSettings settings, long start, Function<FleetRun, FleetDesign> made) {
    this(settings, start, new FleetTally(settings), made);
  }

  FleetRun(
      FleetSettings settings, long start, FleetTally tally, Function<FleetRun, FleetDesign> made) {
    this.settings = settings;
    this.tally = tally;
    this.start = start;
    events = new EventWheel(start);
    counters = new CentralCounters(settings.policy(), settings.countedKeys());
    int instances = settings.instances();
    epoch = new int[instances];
    downUntil = new long[instances];
    offset = new long[instances];
    rate = new double[instances];
    SplittableRandom faults =
        new SplittableRandom(Seeds.derive(settings.seed(), "fleet-faults", 0));
    for (int i = 0; i < instances; i++) {
      offset[i] = (long) (settings.faults().skew() * (2 * faults.nextDouble() - 1));
      rate[i] = settings.faults().drift() * (2 * faults.nextDouble() - 1);
    }
    crashAt = new long[settings.faults().crashes()];
    crashOf = new int[crashAt.length];
    Arrays.setAll(crashAt, i -> start + faults.nextLong(settings.load().duration()));
    Arrays.sort(crashAt);
    Arrays.setAll(crashOf, i -> faults.nextInt(instances));
    busyUntil = new long[settings.redis().shards()];
    busy = new long[busyUntil.length];
    calls = new long[busyUntil.length];
    random = new SplittableRandom(Seeds.derive(settings.seed(), "fleet-network", 0));
    design = made.apply(this);
  }

  FleetSettings settings() {
    return settings;
  }

  EventWheel events() {
    return events;
  }

  CentralCounters counters() {
    return counters;
  }

  FleetTally tally() {
    return tally;
  }

  FleetDesign design() {
    return design;
  }

  /** Whether a key has no counter. */
  boolean isLight(int key) {
    return key >= settings.countedKeys();
  }

  /** When the first request may come. */
  long start() {
    return start;
  }

  /** When the last request has come. */
  long end() {
    return start + settings.load().duration();
  }

  /** What an instance's clock shows. */
  long clock(int instance, long now) {
    return now + offset[instance] + (long) (rate[instance] * (now - start));
  }

  /** The shard of a key; a key without a counter is on any. */
  int shard(int key) {
    int shards = busy.length;
    if (shards == 1) {
      return 0;
    }
    long mixed = isLight(key) ? random.nextLong() : key * 0x9e3779b97f4a7c15L;
    return (int) (((mixed >>> 32) * shards) >>> 32);
  }

  /** A new event of an instance. */
  int event(int kind, int instance, int key, long a, long b) {
    return events.take(kind, epoch[instance], instance, key, a, b);
  }

  /** Sends an event to a shard, and returns whether it will arrive. If not, it is still the design's. */
  boolean send(int event, int shard, long now) {
    if (isLost()) {
      return false;
    }
    events.kind(event, events.kind(event) | AT_SHARD);
    events.schedule(event, now + delay(events.instance(event), shard));
    return true;
  }

  /** Sends an event to a shard. If it is lost, it comes back as of this kind when the deadline is over. */
  void send(int event, int shard, long now, int lost) {
    if (!send(event, shard, now)) {
      events.kind(event, lost);
      wake(event, now + settings.deadline());
    }
  }

  /**
   * Sends an event, whose a says when it was made, back from a shard. If it would be late, it comes as of this kind when the deadline is over.
   *
   * @return whether it comes in time
   */
  boolean sendBack(int event, int shard, long now, int late) {
    long answered = answered(shard, events.instance(event));
    long deadline = Math.max(now, events.a(event) + settings.deadline());
    if (answered > deadline) {
      events.kind(event, late);
    }
    wake(event, Math.min(answered, deadline));
    return answered <= deadline;
  }

  /** Lets an event come at its own instance. */
  void wake(int event, long at) {
    events.schedule(event, at);
  }

  /**
   * A shard works on a call, when it is done with what came before.
   *
   * @param nanos of its processor
   * @return when it begins, which is when it decides
   */
  long serve(int shard, long now, long nanos) {
    calls[shard]++;
    busy[shard] += nanos;
    long begins = Math.max(now * 1_000, busyUntil[shard]);
    busyUntil[shard] = begins + nanos;
    return begins / 1_000;
  }

  /** When the answer to the call that a shard has begun last is at an instance, or {@link Long#MAX_VALUE} if never. */
  long answered(int shard, int instance) {
    return isLost() ? NEVER : busyUntil[shard] / 1_000 + delay(instance, shard);
  }

  /**
   * Ends a request that waits at an instance for a decision of the centre, and gives its event back.
   *
   * @param request whose a says when it came
   * @param answered as {@link #answered}
   * @return the next in its list
   */
  int end(int request, boolean allowed, long decided, long answered) {
    int instance = events.instance(request);
    long asked = events.a(request);
    long deadline = settings.deadline();
    boolean inTime = answered <= asked + deadline;
    long ends = inTime ? answered : asked + deadline;
    if (events.epoch(request) != epoch[instance] || crashesBy(instance, ends)) {
      tally.crashed();
    } else if (!inTime) {
      tally.unanswered(deadline);
    } else if (allowed) {
      tally.admit(events.key(request), decided, answered - asked);
    } else {
      tally.deny(answered - asked);
    }
    return events.free(request);
  }

  private boolean crashesBy(int instance, long until) {
    for (int i = crashes; i < crashAt.length && crashAt[i] <= until; i++) {
      if (crashOf[i] == instance) {
        return true;
      }
    }
    return false;
  }

  private boolean isLost() {
    return settings.network().loss() > 0
        && random.nextDouble() < settings.network().loss();
  }

  private long delay(int instance, int shard) {
    FleetSettings.Network network = settings.network();
    int regions = network.regions();
    long fixed = instance % regions == shard % regions ? network.delay() : network.regionDelay();
    if (network.jitter() == 0) {
      return fixed;
    }
    return Math.min(
        FleetSettings.LONGEST, fixed + (long) (network.jitter() * random.nextExponential()));
  }

  /** The fleet gets requests, the first of a source's arrays. */
  void feed(RequestSource source, int count) {
    requests += count;
    for (int i = 0; i < count; i++) {
      if (i % READ_AHEAD == 0) {
        readAhead(source, i, Math.min(count, i + READ_AHEAD));
      }
      long at = source.at[i];
      advance(at);
      int instance = source.instance[i];
      if (at < downUntil[instance]) {
        tally.crashed();
      } else {
        design.arrive(instance, source.key[i], at);
      }
    }
  }

  private void readAhead(RequestSource source, int from, int to) {
    for (int i = from; i < to; i++) {
      readAhead += design.readAhead(source.instance[i], source.key[i]);
    }
  }

  /** Lets all that is under way come to its end. */
  void finish() {
    long at = end();
    while (!events.isEmpty() || crashes < crashAt.length) {
      at += FleetSettings.LONGEST;
      advance(at);
    }
  }

  private void advance(long until) {
    while (crashes < crashAt.length && crashAt[crashes] < until) {
      long at = crashAt[crashes];
      handle(at);
      int instance = crashOf[crashes++];
      epoch[instance]++;
      downUntil[instance] = at + settings.faults().down();
      design.crash(instance, at);
    }
    handle(until);
  }

  private void handle(long until) {
    for (int event = events.next(until); event != 0; event = events.next(until)) {
      int kind = events.kind(event);
      if ((kind & AT_SHARD) != 0) {
        events.kind(event, kind & ~AT_SHARD);
        design.atShard(event, events.now());
      } else if (events.epoch(event) == epoch[events.instance(event)]) {
        design.atInstance(event, events.now());
      } else {
        design.forget(event);
      }
    }
  }

  /** How many calls of any kind each shard has worked on. */
  long[] calls() {
    return calls;
  }

  long requests() {
    return requests;
  }

  /** How long each shard's processor has worked, in nanoseconds. */
  long[] busy() {
    return busy;
  }
}
