package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Asks for decisions, one subject's or that of several in turn. A {@link Worker} calls it as fast as it can; so does JMH where
 * its profilers are asked for, and for JMH's generated code it is public.
 *
 * <p>What a method returns is kept, so that the compiler cannot leave the decision out. The keys come from an array, so that
 * it cannot compute one in advance either.
 */
@State(Scope.Benchmark)
public class DecisionBenchmark {
  @Param("")
  public String subjects;

  /** Whose requests: the id of a {@link Popularity}. */
  @Param("zipf-0.99")
  public String workload;

  /** How many policies decide together. */
  @Param("1")
  public int policies;

  /** Where Redis is, or empty. */
  @Param("")
  public String redis;

  @Param("100")
  public long permits;

  @Param("1000000")
  public long windowMicros;

  @Param("1")
  public long seed;

  /** Calls that {@link #inFlight} keeps unanswered at a time. */
  int underWay = Group.IN_FLIGHT;

  private final TimeSource clock = TimeSource.monotonic();
  private final AtomicInteger streams = new AtomicInteger();
  private Semaphore free = new Semaphore(0);
  private final LongAdder failures = new LongAdder();
  private final List<Target> turns = new ArrayList<>();
  private final MemoryRateLimiter memory = RateLimiters.inMemory();
  private ScopedPolicy policy;
  private Targets targets;
  private Target target;

  /** Connects. */
  @Setup(Level.Trial)
  public void open() {
    Limit limit = new Limit(permits, windowMicros, permits);
    free = new Semaphore(underWay);
    targets = new Targets(redis.isEmpty() ? null : redis);
    for (String id : subjects.split(",", -1)) {
      turns.add(targets.target(Subject.parse(id), limit, policies));
    }
    target = turns.get(0);
    // Of a peer or a limit nobody asks for a number.
    Subject first = Subject.parse(subjects.split(",", -1)[0]);
    policy = ScopedPolicy.perKey(
        first.isLimit() || first.peer().isPresent()
            ? Policy.of("none", Algorithm.GCRA, limit)
            : first.policy(limit, "number"));
  }

  /** Disconnects. */
  @TearDown(Level.Trial)
  public void close() {
    targets.close();
  }

  /** From now on it is this subject's turn, by its number from 0. */
  void take(int subject) {
    target = turns.get(subject);
  }

  /**
   * Waits for what is still unanswered.
   *
   * @throws IllegalStateException if Redis failed to decide: then there is no speed to speak of
   */
  @TearDown(Level.Iteration)
  public void settle() {
    free.acquireUninterruptibly(underWay);
    free.release(underWay);
    if (failures.sum() > 0) {
      throw new IllegalStateException("Redis left %s requests without a decision for %s s each"
          .formatted(failures.sum(), Target.DEADLINE.toSeconds()));
    }
  }

  /** A thread's requests, a sequence of its own. */
  @State(Scope.Thread)
  public static class Load {
    /** Numbers on two lines of the caches: so many on each side keep what a thread writes apart from what others use. */
    private static final int APART = 32;

    private KeySequence keys;
    private Hashed[] hashed;
    private byte[][] names;
    private final int[] asked = new int[2 * APART];

    /** Draws the keys. */
    @Setup(Level.Trial)
    public void draw(DecisionBenchmark benchmark) {
      keys = KeySequence.ofThread(
          Popularity.of(benchmark.workload), benchmark.seed, benchmark.streams.getAndIncrement());
      hashed = IntStream.range(0, KeySequence.CLIENTS)
          .mapToObj(client -> benchmark.memory.hashed(KeySequence.name(client)))
          .toArray(Hashed[]::new);
      names = IntStream.range(0, KeySequence.CLIENTS)
          .mapToObj(client -> KeySequence.name(client).getBytes(StandardCharsets.ISO_8859_1))
          .toArray(byte[][]::new);
    }

    String key() {
      return keys.at(asked[APART]++);
    }

    String newString() {
      return new String(names[keys.client(asked[APART]++)], StandardCharsets.ISO_8859_1);
    }

    Hashed hashed() {
      return hashed[keys.client(asked[APART]++)];
    }
  }

  /** The clock alone: no limiter in memory can do without one reading. */
  @Benchmark
  public long clockRead() {
    return clock.micros();
  }

  /** The same of a limiter in memory whose answer is one number, and whose caller keeps keys hashed as a string keeps its hash code. */
  @Benchmark
  public long number(Load load) {
    return memory.tryAcquire(policy, load.hashed(), 1);
  }

  /** One call at a time in each thread. */
  @Benchmark
  public boolean blocking(Load load) {
    return allowed(target.call().apply(load.key()));
  }

  /** The same with a string made for the request. */
  @Benchmark
  public boolean newString(Load load) {
    return allowed(target.call().apply(load.newString()));
  }

  private boolean allowed(Object answer) {
    if (Target.failed(answer, null)) {
      failures.increment();
    }
    return answer instanceof Decision decision ? decision.allowed() : Boolean.TRUE.equals(answer);
  }

  /** Several calls at a time from one thread. */
  @Benchmark
  public void inFlight(Load load) {
    free.acquireUninterruptibly();
    CompletionStage<?> unused = target
        .callAsync()
        .apply(load.key())
        .whenComplete((answer, failure) -> {
          if (Target.failed(answer, failure)) {
            failures.increment();
          }
          free.release();
        });
  }
}
