package dev.ratelab.bench.throughput;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.StoreBound;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Decisions in memory among many live keys. {@link Scaling} runs it; it is public because JMH's generated code calls it.
 *
 * <p>Each key may pass once in the window, and all have when the measuring begins: so every decision on a known key is a
 * denial, and the work for it is the same however many keys there are and however often each was asked for.
 */
@State(Scope.Benchmark)
public class KeysBenchmark {
  /** The physical limit: finding the key in a map of the JDK's. */
  static final String MAP_GET = "concurrent-map-get";

  @Param("gcra")
  public String subject;

  @Param("100")
  public int keys;

  @Param("3600000000")
  public long windowMicros;

  private String[] names = {};
  private Function<String, Object> call;
  private long random;

  /** Makes the keys' names. */
  @Setup(Level.Trial)
  public void names() {
    names = new String[keys];
    Arrays.setAll(names, i -> "user" + i);
    call = empty();
    fill();
  }

  /** Any known key, each as likely as the other. */
  @Benchmark
  public Object anyKey() {
    // A linear congruential generator (Knuth, MMIX): its cost is next to nothing.
    random = random * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
    return call.apply(names[(int) (((random >>> 33) * keys) >>> 31)]);
  }

  /** All keys, in an empty store. */
  @Benchmark
  public void newKeys(Empty empty, Blackhole sink) {
    for (String name : names) {
      sink.consume(empty.call.apply(name));
    }
  }

  /** All keys again. */
  @Benchmark
  public void knownKeys(Blackhole sink) {
    for (String name : names) {
      sink.consume(call.apply(name));
    }
  }

  /** All keys again, each by the clock; removing what is over happens within checks, and would show. */
  @Benchmark
  public Object longest(Longest longest) {
    Object answer = names;
    for (String name : names) {
      long begin = System.nanoTime();
      answer = call.apply(name);
      longest.nanos = Math.max(longest.nanos, System.nanoTime() - begin);
    }
    return answer;
  }

  /** The longest check of an iteration. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Longest {
    public long nanos;
  }

  /** A store without keys, for each time all are put into it. */
  @State(Scope.Thread)
  public static class Empty {
    private Function<String, Object> call;

    /** Makes it. */
    @Setup(Level.Invocation)
    public void make(KeysBenchmark benchmark) {
      call = benchmark.empty();
    }
  }

  private void fill() {
    for (String name : names) {
      if (call.apply(name) instanceof Decision decision && !decision.allowed()) {
        throw new IllegalStateException("a new key was denied");
      }
    }
  }

  private Function<String, Object> empty() {
    if (subject.equals(MAP_GET)) {
      ConcurrentHashMap<String, Object> map = new ConcurrentHashMap<>();
      return name -> map.computeIfAbsent(name, absent -> absent);
    }
    Policy policy = Policy.of("scaling", Algorithm.of(subject), new Limit(1, windowMicros, 1));
    // Twice as many as there will be: near its bound a store begins to drop keys.
    RateLimiter limiter = RateLimiters.inMemory(
        TimeSource.monotonic(), Math.min(StoreBound.mostKeys(), Math.max(1_000, 2L * keys)));
    ScopedPolicy scoped = ScopedPolicy.perKey(policy);
    return name -> limiter.check(Request.of(scoped, name, 1)).decision();
  }
}
