package dev.ratelab.bench.throughput;

import com.sun.management.ThreadMXBean;
import dev.ratelab.bench.Subject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The process of a group's subjects: it lives as long as a fork, keeps what its JVM has compiled, and takes a turn whenever a
 * {@link WorkerProcess} tells it to over its standard input. It ends with that input.
 */
public final class Worker {
  private static final ThreadMXBean THREADS =
      (ThreadMXBean) ManagementFactory.getPlatformMXBean(java.lang.management.ThreadMXBean.class);

  /** Of the thread that reads it: nanoseconds on a processor, nanoseconds ready and waiting for one, and how often. */
  private static final Path SCHEDULED = Path.of("/proc/thread-self/schedstat");

  /** So many times as long as planned a turn may take until a thread has had the time that was planned. */
  private static final int MOST_TURNS = 4;

  /** Keeps the answers, so that the compiler cannot leave a decision out. */
  static volatile long answers;

  private final DecisionBenchmark asked = new DecisionBenchmark();
  private final Group group;
  private final List<DecisionBenchmark.Load> loads = new ArrayList<>();
  private final ExecutorService threads;

  /**
   * What it is to measure.
   *
   * @param redis where Redis is, or empty
   */
  record Task(Group group, String redis, long permits, long windowMicros, long seed)
      implements Serializable {}

  /** What one thread did in a turn, and how long it took without waiting for others' programs. */
  private record Share(long decisions, long nanos, long bytes) {}

  private Worker(Task task) {
    group = task.group;
    asked.subjects = group.subjects().stream().map(Subject::id).collect(Collectors.joining(","));
    asked.workload = group.keys().id();
    asked.policies = group.policies();
    asked.underWay = group.underWay();
    asked.redis = task.redis;
    asked.permits = task.permits;
    asked.windowMicros = task.windowMicros;
    asked.seed = task.seed;
    asked.open();
    threads = Executors.newFixedThreadPool(group.threads(), runnable -> {
      Thread thread = new Thread(runnable, "asks");
      thread.setDaemon(true);
      return thread;
    });
    for (int i = 0; i < group.threads(); i++) {
      DecisionBenchmark.Load load = new DecisionBenchmark.Load();
      load.draw(asked);
      loads.add(load);
    }
  }

  /** Takes no arguments: what it is to measure may hold a password, and comes over its input. */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, ClassNotFoundException {
    ObjectInputStream in = new ObjectInputStream(System.in);
    ObjectOutputStream out = new ObjectOutputStream(new BufferedOutputStream(System.out));
    System.setOut(System.err);
    try {
      Worker worker = new Worker((Task) in.readObject());
      answer(out, Turn.NONE);
      for (int subject = in.read(); subject >= 0; subject = in.read()) {
        answer(out, worker.turn(subject, in.readLong()));
      }
    } catch (ExecutionException | RuntimeException e) {
      answer(out, String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage()));
    }
    // A client's threads need not be daemons.
    System.exit(0);
  }

  /** A turn, or the words of a failure. */
  private static void answer(ObjectOutputStream out, Object answer) throws IOException {
    out.writeObject(answer);
    out.flush();
  }

  private Turn turn(int subject, long length) throws InterruptedException, ExecutionException {
    asked.take(subject);
    leadIn();
    long processor = processorNanos();
    long decisions = 0;
    long nanos = 0;
    long bytes = 0;
    for (Share share : together(load -> share(load, length))) {
      decisions += share.decisions;
      nanos += share.nanos;
      bytes += share.bytes;
    }
    asked.settle();
    return new Turn(
        decisions,
        1e9 * decisions * loads.size() / nanos,
        (processorNanos() - processor) / 1e3 / decisions,
        (double) bytes / decisions,
        0);
  }

  private Share share(DecisionBenchmark.Load load, long length) {
    Group.Call call = group.call();
    int batch = group.batch();
    int extra = group.extra();
    long begin = System.nanoTime();
    long waited = waitedNanos();
    long allocated = 0;
    long decisions = 0;
    long sink = 0;
    long until = begin + length;
    long took;
    long own;
    do {
      // Not what reading the file of the scheduler allocates: a short turn would show it.
      long before = THREADS.getCurrentThreadAllocatedBytes();
      do {
        sink += ask(load, call, batch + extra);
        decisions += batch;
      } while (System.nanoTime() < until);
      allocated += THREADS.getCurrentThreadAllocatedBytes() - before;
      // Before the clock is read, or waiting in between would make a turn shorter than nothing.
      long others = waitedNanos() - waited;
      took = System.nanoTime() - begin;
      own = took - others;
      until += length - own;
    } while (own < length && took < MOST_TURNS * length);
    answers = sink;
    return new Share(decisions, own, allocated);
  }

  /** Asks without being measured: what others did in between has emptied the processor's caches. */
  private void leadIn() throws InterruptedException, ExecutionException {
    long length = group.leadIn().toNanos();
    if (length == 0) {
      return;
    }
    for (long sink : together(load -> ask(load, length))) {
      answers = sink;
    }
  }

  private long ask(DecisionBenchmark.Load load, long length) {
    long until = System.nanoTime() + length;
    long sink = 0;
    do {
      sink += ask(load, group.call(), group.batch() + group.extra());
    } while (System.nanoTime() < until);
    return sink;
  }

  /** What each thread made of its load; all begin when the last one is ready. */
  private <T> List<T> together(Function<DecisionBenchmark.Load, T> task)
      throws InterruptedException, ExecutionException {
    CountDownLatch ready = new CountDownLatch(loads.size());
    List<Future<T>> futures = new ArrayList<>();
    for (DecisionBenchmark.Load load : loads) {
      futures.add(threads.submit(() -> {
        ready.countDown();
        ready.await();
        return task.apply(load);
      }));
    }
    List<T> made = new ArrayList<>();
    for (Future<T> future : futures) {
      made.add(future.get());
    }
    return made;
  }

  /**
   * How long this thread has been ready to run while other programs had the processors; 0 where the kernel does not say. Where
   * threads are more than processors, or a server works for them, they wait for what belongs to the measurement.
   */
  private long waitedNanos() {
    if (group.isRemote() || loads.size() > Runtime.getRuntime().availableProcessors()) {
      return 0;
    }
    try {
      return Long.parseLong(Files.readString(SCHEDULED).split(" ", -1)[1]);
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  /** A method of its own: called often, it is compiled as a whole, and not as the inside of a loop that never ends. */
  private long ask(DecisionBenchmark.Load load, Group.Call call, int times) {
    long sink = 0;
    for (int i = 0; i < times; i++) {
      switch (call) {
        case CLOCK -> sink += asked.clockRead();
        case NUMBER -> sink += asked.number(load);
        case NEW_STRING -> sink += asked.newString(load) ? 1 : 0;
        case BLOCKING -> sink += asked.blocking(load) ? 1 : 0;
        case IN_FLIGHT -> asked.inFlight(load);
      }
    }
    return sink;
  }

  /** Of all threads of Java, a client's own among them; not of the compiler's and the collector's. */
  private static long processorNanos() {
    return Arrays.stream(THREADS.getThreadCpuTime(THREADS.getAllThreadIds()))
        .filter(nanos -> nanos > 0)
        .sum();
  }
}
