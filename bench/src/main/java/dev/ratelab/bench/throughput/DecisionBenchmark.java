package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Asks for decisions as fast as they come. {@link Throughput} runs it; it is public because JMH's generated code calls
 * it.
 *
 * <p>JMH would give each subject a JVM of its own. Here a JVM may serve several, which take turns: iteration i measures
 * subject i modulo their number.
 *
 * <p>What a method returns JMH puts into a Blackhole, so that the compiler cannot leave the decision out. The keys come from
 * an array, so that it cannot compute one in advance either. JMH pads the states of threads, so that two threads' counters
 * share no cache line; they share what they are measured at, the limiter, and nothing that is written beside it.
 */
@State(Scope.Benchmark)
public class DecisionBenchmark {
  /** Calls that {@link #inFlight} keeps unanswered at a time. */
  static final int IN_FLIGHT = 16;

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

  private final TimeSource clock = TimeSource.monotonic();
  private final AtomicInteger streams = new AtomicInteger();
  private final Semaphore free = new Semaphore(IN_FLIGHT);
  private final LongAdder failures = new LongAdder();
  private final List<Target> turns = new ArrayList<>();
  private Targets targets;
  private int iteration;
  private Target target;

  /** Connects. */
  @Setup(Level.Trial)
  public void open() {
    Limit limit = new Limit(permits, windowMicros, permits);
    targets = new Targets(redis.isEmpty() ? null : redis);
    for (String id : subjects.split(",", -1)) {
      turns.add(targets.target(Subject.parse(id), limit, policies));
    }
  }

  /** Disconnects. */
  @TearDown(Level.Trial)
  public void close() {
    targets.close();
  }

  /** The next subject's turn. */
  @Setup(Level.Iteration)
  public void next() {
    target = turns.get(iteration++ % turns.size());
  }

  /**
   * Waits for what is still unanswered.
   *
   * @throws IllegalStateException if Redis failed to decide: then there is no speed to speak of
   */
  @TearDown(Level.Iteration)
  public void settle() {
    free.acquireUninterruptibly(IN_FLIGHT);
    free.release(IN_FLIGHT);
    if (failures.sum() > 0) {
      throw new IllegalStateException("Redis left %s requests without a decision for %s s each"
          .formatted(failures.sum(), Target.DEADLINE.toSeconds()));
    }
  }

  /** A thread's requests, a sequence of its own. */
  @State(Scope.Thread)
  public static class Load {
    private KeySequence keys;
    private int i;

    /** Draws the keys. */
    @Setup(Level.Trial)
    public void draw(DecisionBenchmark benchmark) {
      keys = KeySequence.ofThread(
          Popularity.of(benchmark.workload), benchmark.seed, benchmark.streams.getAndIncrement());
    }

    String key() {
      return keys.at(i++);
    }
  }

  /** The clock alone: no limiter in memory can do without one reading. */
  @Benchmark
  public long clockRead() {
    return clock.micros();
  }

  /** One call at a time in each thread. */
  @Benchmark
  public Object blocking(Load load) {
    Object answer = target.call().apply(load.key());
    if (Target.failed(answer, null)) {
      failures.increment();
    }
    return answer;
  }

  /** Up to {@value #IN_FLIGHT} calls at a time from one thread. */
  @Benchmark
  public Object inFlight(Load load) {
    free.acquireUninterruptibly();
    return target.callAsync().apply(load.key()).whenComplete((answer, failure) -> {
      if (Target.failed(answer, failure)) {
        failures.increment();
      }
      free.release();
    });
  }
}
