package dev.ratelab.limiter.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server many questions in few calls. An idle lane sends a question at once. While a call is under way, questions gather, and all go out
 * in one call when that one ends. So nobody waits for company, and no timer forms a call. One that is not answered in half of the time that
 * its questions have holds nobody up any more.
 *
 * <p>Questions go out in the order in which they came. Each one ends at its own deadline, and no call is begun with it after that; a client that
 * then waits for a connection may send the call later.
 *
 * <p>One thread at a time moves the lane on; a thread that comes meanwhile leaves a note and never waits. Nobody is answered by a thread
 * that still does so. Thread-safe.
 *
 * @param <Q> a question
 * @param <A> an answer
 */
final class Lane<Q, A> {
  /** What sends the calls. An exception fails the call. */
  interface Sender<Q, A> {
    /** The most questions of one call. */
    int most();

    /** Whether a call that follows another one before that has ended is decided after it. If not, there is one at a time. */
    boolean pipelines();

    /** How long a question has from when it is asked. */
    Duration deadline(Q question);

    /**
     * Sends a call.
     *
     * @param deadline that of the question whose deadline is the last
     * @return gives the answer to each question by its place, or throws what this question failed with
     */
    CompletionStage<IntFunction<A>> send(List<Q> questions, Duration deadline);

    /** As {@link #send}, on the caller's thread, for a question that comes alone. Not used if calls pipeline. */
    IntFunction<A> sendAndWait(List<Q> questions, Duration deadline);
  }

  /** The most calls under way, where calls pipeline. Only full ones follow one another. */
  private static final int PIPELINE = 8;

  static final long NONE = Long.MAX_VALUE;

  /** When to try again to end a question that an error kept from it. */
  private static final long AGAIN = TimeUnit.MILLISECONDS.toNanos(10);

  private final long began = System.nanoTime();
  private final Sender<Q, A> sender;
  private final Queue<LaneQuestion<Q, A>> came = new ConcurrentLinkedQueue<>();
  private final AtomicInteger notes = new AtomicInteger();
  private final AtomicLong alarm = new AtomicLong(NONE);
  private volatile boolean rung;
  /** Those that an error kept from being ended. */
  private final AtomicReference<@Nullable LaneQuestion<Q, A>> open = new AtomicReference<>();

  // Only the thread that moves the lane on touches these. Where memory is short no question may be
  // lost on its way from one to another, so all but the calls are chains, which need none.
  private @Nullable LaneQuestion<Q, A> firstGathered;
  private @Nullable LaneQuestion<Q, A> lastGathered;
  private int gathered;
  private final List<LaneCall<Q, A>> underWay = new ArrayList<>();
  private @Nullable LaneCall<Q, A> begun;
  private @Nullable LaneQuestion<Q, A> ended;

  Lane(Sender<Q, A> sender) {
    this.sender = sender;
  }

  /**
   * Asks one question.
   *
   * @return the answer; ends by its deadline, with a {@link RedisFailure} if it is late, or with what failed its call
   */
  CompletableFuture<A> ask(Q question) {
    CompletableFuture<A> answer = put(question);
    moveOn();
    return answer;
  }

  /** As {@link #ask}, but it may wait for {@link #moveOn}, which must follow: so several questions come to one call. */
  CompletableFuture<A> put(Q question) {
    return put(question, null);
  }

  private LaneQuestion<Q, A> put(Q asked, @Nullable Thread thread) {
    long end = now() + sender.deadline(asked).toNanos();
    LaneQuestion<Q, A> question = new LaneQuestion<>(asked, end, thread);
    came.add(question);
    wakeAt(end);
    return question;
  }

  /**
   * Asks one question and waits. If no call is under way, and calls do not pipeline, this thread sends it itself.
   *
   * @return the answer, which has ended
   */
  CompletableFuture<A> askAndWait(Q question) {
    if (Thread.currentThread().isInterrupted()) {
      return CompletableFuture.failedFuture(interrupted());
    }
    LaneQuestion<Q, A> own = put(question, Thread.currentThread());
    moveOn();
    if (own.alone != null) {
      sendAndWait(own.alone);
    }
    while (!own.isDone()) {
      LockSupport.parkNanos(this, own.end - now());
      if (Thread.currentThread().isInterrupted()) {
        own.completeExceptionally(interrupted());
      } else if (now() >= own.end) {
        own.late();
      }
    }
    return own;
  }

  private static RedisFailure interrupted() {
    return new RedisFailure("interrupted while waiting for Redis", new InterruptedException());
  }

  private long now() {
    return System.nanoTime() - began;
  }

  /** Sends what is to be sent now. */
  void moveOn() {
    int seen;
    do {
      if (notes.getAndIncrement() != 0) {
        return;
      }
      try {
        round();
      } catch (RuntimeException | Error e) {
        fail(e);
      }
      LaneCall<Q, A> calls = begun;
      LaneQuestion<Q, A> questions = ended;
      begun = null;
      ended = null;
      // Free before anybody is answered, and after each round: others may leave notes for ever.
      seen = notes.getAndSet(0);
      for (; calls != null; calls = calls.before) {
        listen(calls);
      }
      while (questions != null) {
        LaneQuestion<Q, A> next = questions.before;
        late(questions);
        questions = next;
      }
    } while (seen > 1);
  }

  private void late(LaneQuestion<Q, A> question) {
    try {
      question.late();
    } catch (RuntimeException | Error e) {
      if (!question.isDone()) {
        do {
          question.before = open.get();
        } while (!open.compareAndSet(question.before, question));
        again();
      }
    }
  }

  /** Looks soon for questions that an error kept from being ended. */
  private void again() {
    rung = true;
    try {
      wakeAt(now() + AGAIN);
    } catch (RuntimeException | Error e) {
      // Whoever comes next looks.
    }
  }

  private void round() {
    // Before the look at what came: a question that came before the alarm rang set none of its own.
    boolean ringing = rung;
    if (ringing) {
      rung = false;
    }
    for (LaneQuestion<Q, A> next = came.peek(); next != null; next = came.peek()) {
      gather(next);
      came.remove();
    }
    if (ringing) {
      findLate();
    }
    for (LaneCall<Q, A> call = next(); call != null; call = next()) {
      begin(call);
    }
  }

  private void gather(LaneQuestion<Q, A> question) {
    LaneQuestion<Q, A> last = lastGathered;
    if (last == null) {
      firstGathered = question;
    } else if (last == question) {
      // An error kept it from being removed from those that came.
      return;
    } else {
      last.next = question;
    }
    lastGathered = question;
    gathered++;
  }

  /** Takes the first that gathered away. */
  private void ungather(LaneQuestion<Q, A> first) {
    firstGathered = first.next;
    if (first == lastGathered) {
      lastGathered = null;
    }
    // Or one that somebody keeps would keep all that came after it.
    first.next = null;
    gathered--;
  }

  /** Ends all that wait to be sent, where something as bad as a lack of memory keeps them from it. */
  private void fail(Throwable why) {
    // Whoever comes next looks for what is late.
    rung = true;
    for (LaneQuestion<Q, A> next = firstGathered; next != null; next = firstGathered) {
      endLater(next, why);
      ungather(next);
    }
    // By index: an iterator takes memory, and what fails here leaves the lane held.
    for (int i = 0; i < underWay.size(); i++) {
      LaneCall<Q, A> call = underWay.get(i);
      if (call.answers == null && call.members.get(0).alone != call) {
        call.over = true;
        for (int place = 0; place < call.members.size(); place++) {
          endLater(call.members.get(place), why);
        }
      }
    }
  }

  /** When the lane is free. */
  private void endLater(LaneQuestion<Q, A> question, @Nullable Throwable why) {
    if (!question.ending) {
      question.ending = true;
      question.why = why;
      question.before = ended;
      ended = question;
    }
  }

  /** What is to be sent now, or null. */
  private @Nullable LaneCall<Q, A> next() {
    if (gathered == 0) {
      return null;
    }
    long now = now();
    int ahead = 0;
    for (int i = underWay.size() - 1; i >= 0; i--) {
      LaneCall<Q, A> call = underWay.get(i);
      if (!call.over && now < call.patience) {
        ahead++;
      } else if (call.isAnswered()) {
        underWay.remove(i);
      }
    }
    int most = sender.most();
    boolean follows = sender.pipelines() && ahead < PIPELINE && gathered >= most;
    return ahead == 0 || follows ? take(now, most) : null;
  }

  private @Nullable LaneCall<Q, A> take(long now, int most) {
    LaneCall<Q, A> call = new LaneCall<>(Math.min(gathered, most));
    underWay.add(call);
    for (LaneQuestion<Q, A> next = firstGathered;
        next != null && call.asked.size() < most;
        next = firstGathered) {
      if (next.end <= now) {
        endLater(next, null);
      } else if (!next.isDone()) {
        call.add(next);
      }
      ungather(next);
    }
    if (call.asked.isEmpty()) {
      underWay.remove(underWay.size() - 1);
      return null;
    }
    call.patience = now + (call.firstEnd - now) / 2;
    return call;
  }

  private void begin(LaneCall<Q, A> call) {
    wakeAt(call.patience);
    LaneQuestion<Q, A> first = call.members.get(0);
    if (call.members.size() == 1 && first.thread == Thread.currentThread() && !sender.pipelines()) {
      first.alone = call;
    } else {
      send(call);
      call.before = begun;
      begun = call;
    }
  }

  private void send(LaneCall<Q, A> call) {
    CompletionStage<IntFunction<A>> answers;
    try {
      answers = sender.send(call.asked, left(call));
    } catch (RuntimeException | Error e) {
      answers = CompletableFuture.failedFuture(e);
    }
    call.answers = answers;
    call.over = answers.toCompletableFuture().isDone();
  }

  private Duration left(LaneCall<Q, A> call) {
    return Duration.ofNanos(Math.max(1, call.lastEnd - now()));
  }

  private void listen(LaneCall<Q, A> call) {
    CompletionStage<IntFunction<A>> answers = Objects.requireNonNull(call.answers, "it was sent");
    try {
      var unused = answers.whenComplete((given, failure) -> end(call, given, failure));
    } catch (RuntimeException | Error e) {
      // Those of this call are late then; the others must not be.
    }
  }

  private void sendAndWait(LaneCall<Q, A> call) {
    IntFunction<A> answers = null;
    Throwable failure = null;
    try {
      answers = sender.sendAndWait(call.asked, left(call));
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    end(call, answers, failure);
  }

  /** What gathered goes out before anybody is answered: the server need not wait for that. */
  private void end(
      LaneCall<Q, A> call, @Nullable IntFunction<A> answers, @Nullable Throwable failure) {
    boolean known = call.over;
    call.over = true;
    try {
      // One that was answered where it was sent was over then: to go on from here would be
      // recursion.
      if (!known) {
        moveOn();
      }
    } finally {
      for (int i = 0; i < call.members.size(); i++) {
        end(call.members.get(i), i, answers, failure);
      }
    }
  }

  private void end(
      LaneQuestion<Q, A> member,
      int place,
      @Nullable IntFunction<A> answers,
      @Nullable Throwable failure) {
    try {
      member.end(place, answers, failure);
    } catch (RuntimeException | Error e) {
      // It is late then, if it is not done; those behind it must not be.
      if (!member.isDone()) {
        again();
      }
    }
  }

  private void findLate() {
    LaneQuestion<Q, A> again = open.getAndSet(null);
    while (again != null) {
      LaneQuestion<Q, A> next = again.before;
      again.ending = false;
      endLater(again, again.why);
      again = next;
    }
    long now = now();
    long next = NONE;
    for (LaneQuestion<Q, A> each = firstGathered; each != null; each = each.next) {
      next = Math.min(next, endIfLate(each, now));
    }
    for (int i = 0; i < underWay.size(); i++) {
      LaneCall<Q, A> call = underWay.get(i);
      for (int place = 0; place < call.members.size(); place++) {
        next = Math.min(next, endIfLate(call.members.get(place), now));
      }
      if (!call.over && now < call.patience) {
        next = Math.min(next, call.patience);
      }
    }
    wakeAt(next);
  }

  /** When to look again. */
  private long endIfLate(LaneQuestion<Q, A> question, long now) {
    if (question.isDone()) {
      return NONE;
    }
    if (question.end <= now) {
      endLater(question, null);
      return NONE;
    }
    return question.end;
  }

  /** Whoever moves the lane on looks for what is late then, if nobody is to do so before. */
  private void wakeAt(long time) {
    long set = alarm.get();
    while (time < set) {
      if (alarm.compareAndSet(set, time)) {
        try {
          CompletableFuture.delayedExecutor(
                  Math.max(0, time - now()), TimeUnit.NANOSECONDS, Runnable::run)
              .execute(() -> ring(time));
        } catch (RuntimeException | Error e) {
          // Or no later alarm would be set.
          alarm.compareAndSet(time, NONE);
          rung = true;
          throw e;
        }
        return;
      }
      set = alarm.get();
    }
  }

  private void ring(long time) {
    if (alarm.compareAndSet(time, NONE)) {
      rung = true;
      moveOn();
    }
  }
}
