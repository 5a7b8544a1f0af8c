package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.fixtures.OwnThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions are numbers; the answer to one is its double. The time limit only ends a hang. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LaneTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final int MOST = 4;

  private final Server server = new Server();
  private final Lane<Integer, Integer> lane = new Lane<>(server);

  /** Is answered, and fails whoever wants to know. */
  private static final class Deaf extends CompletableFuture<IntFunction<Integer>> {
    Deaf() {
      complete(place -> 0);
    }

    @Override
    public CompletableFuture<IntFunction<Integer>> whenComplete(
        BiConsumer<? super IntFunction<Integer>, ? super Throwable> action) {
      throw new OutOfMemoryError("planted");
    }
  }

  /** Records calls, and answers them when it is told to. */
  private static final class Server implements Lane.Sender<Integer, Integer> {
    private final List<List<Integer>> calls = new CopyOnWriteArrayList<>();
    private final List<Duration> deadlines = new CopyOnWriteArrayList<>();
    private final List<Thread> senders = new CopyOnWriteArrayList<>();
    private final List<CompletableFuture<IntFunction<Integer>>> answers =
        new CopyOnWriteArrayList<>();
    private volatile boolean pipelines;
    private volatile boolean atOnce;
    private volatile Throwable broken;
    private int untilError;
    private @Nullable Error failing;
    private volatile boolean deaf;
    private volatile Runnable sending = () -> {};
    private final List<Duration> shorter = new ArrayList<>();

    @Override
    public int most() {
      look();
      return MOST;
    }

    @Override
    public boolean pipelines() {
      look();
      return pipelines;
    }

    /** A lack of memory comes from within the lane, too. */
    private void look() {
      if (untilError > 0 && --untilError == 0) {
        throw failing == null ? new OutOfMemoryError("planted") : failing;
      }
    }

    @Override
    public Duration deadline(Integer question) {
      return shorter.isEmpty() ? LONG : shorter.remove(0);
    }

    @Override
    public CompletionStage<IntFunction<Integer>> send(List<Integer> questions, Duration deadline) {
      calls.add(questions);
      deadlines.add(deadline);
      senders.add(Thread.currentThread());
      CompletableFuture<IntFunction<Integer>> answer = new CompletableFuture<>();
      answers.add(answer);
      if (deaf) {
        return new Deaf();
      }
      sending.run();
      if (broken instanceof RuntimeException known) {
        throw known;
      }
      if (broken instanceof Error known) {
        throw known;
      }
      if (atOnce) {
        answer(calls.size() - 1);
      }
      return answer;
    }

    @Override
    public IntFunction<Integer> sendAndWait(List<Integer> questions, Duration deadline) {
      return send(questions, deadline).toCompletableFuture().join();
    }

    void answer(int call) {
      answers.get(call).complete(place -> 2 * calls.get(call).get(place));
    }
  }

  /** A call is under way from now on. */
  private void occupy(int question) {
    var unused = lane.ask(question);
  }

  private List<CompletableFuture<Integer>> askAll(List<Integer> questions) {
    List<CompletableFuture<Integer>> answers = questions.stream().map(lane::put).toList();
    lane.moveOn();
    return answers;
  }

  /** Also when some questions are on their way from one list to another. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void anErrorLosesNoQuestionAndLeavesTheLaneFree(int looks) {
    occupy(1);
    List<CompletableFuture<Integer>> gathered = List.of(lane.ask(2), lane.ask(3));
    server.untilError = looks;
    server.answer(0);
    server.untilError = 0;

    CompletableFuture<Integer> next = lane.ask(4);
    for (int call = 1; call < server.answers.size(); call++) {
      server.answer(call);
    }
    assertThat(gathered).allMatch(CompletableFuture::isDone);
    assertThat(next.join()).isEqualTo(8);
  }

  /** Whoever completes a future with it is thrown one where something depends on that future, as if memory were short. */
  private static final class Unspeakable extends Error {
    @Override
    public String getMessage() {
      throw new OutOfMemoryError("planted");
    }
  }

  /** A call's members, and those that are failed before they are sent. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anErrorWhileOneIsAnsweredKeepsNobodyElseFromIt(boolean sent) {
    occupy(1);
    List<CompletableFuture<Integer>> gathered = askAll(List.of(2, 3, 4));
    for (CompletableFuture<Integer> each : gathered) {
      var unused = each.thenRun(() -> {});
    }
    server.failing = sent ? null : new Unspeakable();
    server.untilError = sent ? 0 : 1;
    server.answer(0);
    if (sent) {
      server.answers.get(1).complete(place -> {
        throw new Unspeakable();
      });
    }
    // Not by the list: nobody could print it.
    assertThat(gathered.stream().allMatch(CompletableFuture::isDone)).isTrue();
    occupy(5);
    assertThat(server.calls).endsWith(List.of(5));
  }

  /** Though its answer was there at once, so that it holds nobody up. */
  @Test
  void whoIsInACallThatCannotBeListenedToIsLate() {
    server.deaf = true;
    server.shorter.add(Duration.ofMillis(20));
    CompletableFuture<Integer> lost = lane.ask(1);
    server.deaf = false;
    occupy(2);
    assertThat(lost)
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withMessageContaining("did not answer by the deadline");
  }

  @Test
  void whoIsFailedByAnErrorMayAskAgainAndWait() {
    server.atOnce = true;
    server.untilError = 1;
    server.shorter.addAll(List.of(LONG, Duration.ofSeconds(5)));
    CompletableFuture<Integer> again =
        lane.put(1).exceptionallyCompose(failure -> lane.askAndWait(2));
    lane.moveOn();
    assertThat(again.join()).isEqualTo(4);
  }

  /** Whoever asks while another thread moves the lane on leaves it more to do; if that never ends, answers must go out all the same. */
  @Test
  void answersGoOutThoughQuestionsNeverCease() {
    server.atOnce = true;
    CompletableFuture<Integer> first = lane.put(0);
    server.sending = () -> {
      if (!first.isDone() && server.calls.size() < 100) {
        occupy(1);
      }
    };
    lane.moveOn();
    assertThat(server.calls).hasSizeLessThan(5);
  }

  @Test
  void anIdleLaneSendsAtOnceAndWhatGathersMeanwhileIsOneCall() {
    CompletableFuture<Integer> first = lane.ask(1);
    assertThat(server.calls).containsExactly(List.of(1));

    List<CompletableFuture<Integer>> others = List.of(lane.ask(2), lane.ask(3), lane.ask(2));
    assertThat(server.calls).hasSize(1);

    server.answer(0);
    assertThat(first.join()).isEqualTo(2);
    assertThat(server.calls).containsExactly(List.of(1), List.of(2, 3, 2));
    server.answer(1);
    assertThat(others.stream().map(CompletableFuture::join)).containsExactly(4, 6, 4);

    occupy(5);
    assertThat(server.calls).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onlyFullCallsFollowOneThatIsUnderWayAndOnlyWhereCallsPipeline(boolean pipelines) {
    server.pipelines = pipelines;
    List<Integer> questions = IntStream.rangeClosed(1, 10).boxed().toList();

    List<CompletableFuture<Integer>> answers = askAll(questions);

    List<List<Integer>> calls = List.of(List.of(1, 2, 3, 4), List.of(5, 6, 7, 8), List.of(9, 10));
    assertThat(server.calls).isEqualTo(calls.subList(0, pipelines ? 2 : 1));
    for (int i = 0; i < calls.size(); i++) {
      server.answer(i);
    }
    assertThat(server.calls).isEqualTo(calls);
    assertThat(answers.stream().map(CompletableFuture::join))
        .isEqualTo(questions.stream().map(each -> 2 * each).toList());
  }

  @Test
  void whatIsLateBeforeItIsSentIsNeverSent() {
    occupy(1);
    server.shorter.add(Duration.ofMillis(20));
    CompletableFuture<Integer> late = lane.ask(2);
    CompletableFuture<Integer> inTime = lane.ask(3);

    assertThatThrownBy(late::join).hasMessageContaining("did not answer by the deadline");
    assertThat(inTime).isNotDone();
    server.answer(0);

    assertThat(server.calls).containsExactly(List.of(1), List.of(3));
  }

  @Test
  void eachMemberOfACallEndsAtItsOwnDeadlineAndTheCallAtTheLast() {
    occupy(1);
    server.shorter.add(Duration.ofMillis(20));
    CompletableFuture<Integer> late = lane.ask(2);
    CompletableFuture<Integer> inTime = lane.ask(3);
    server.answer(0);

    assertThatThrownBy(late::join).hasMessageContaining("did not answer by the deadline");
    assertThat(server.calls).containsExactly(List.of(1), List.of(2, 3));
    assertThat(server.deadlines.get(1)).isBetween(LONG.dividedBy(2), LONG);
    server.answer(1);
    assertThat(inTime.join()).isEqualTo(6);
  }

  @Test
  void aCallThatIsNotAnsweredHoldsNobodyUpForLongerThanHalfOfItsDeadline() {
    // Between half of it and its end a slow machine has time.
    server.shorter.add(Duration.ofSeconds(4));
    CompletableFuture<Integer> lost = lane.ask(1);
    CompletableFuture<Integer> next = lane.ask(2);
    server.atOnce = true;

    assertThat(next.join()).isEqualTo(4);
    assertThat(lost).isNotDone();
    assertThatThrownBy(lost::join).hasMessageContaining("did not answer by the deadline");
  }

  @Test
  void aFailedCallFailsItsMembersOnlyAndAFailedAnswerItselfOnly() {
    CompletableFuture<Integer> first = lane.ask(1);
    List<CompletableFuture<Integer>> second = askAll(List.of(2, 3));
    server.answers.get(0).completeExceptionally(new RedisFailure("lost", null));
    assertThatThrownBy(first::join).hasMessageContaining("lost");

    assertThat(server.calls).hasSize(2);
    server.answers.get(1).complete(place -> {
      if (place == 0) {
        throw new RedisFailure("another kind of state", null);
      }
      return 7;
    });
    assertThatThrownBy(() -> second.get(0).join()).hasMessageContaining("another kind of state");
    assertThat(second.get(1).join()).isEqualTo(7);
  }

  @Test
  void whatSendingThrowsAnswersEverybody() {
    for (Throwable broken :
        List.of(new RejectedExecutionException("full"), new StackOverflowError("deep"))) {
      occupy(1);
      List<CompletableFuture<Integer>> gathered =
          askAll(IntStream.range(0, 10).boxed().toList());
      server.broken = broken;
      server.answer(server.calls.size() - 1);
      assertThat(gathered).allSatisfy(answer -> assertThatThrownBy(answer::join).hasCause(broken));
      server.broken = null;
    }
  }

  /** Each call answered on the thread that sends it, and each answer asking again. */
  @Test
  void tenThousandThatGatheredAreAnsweredWithoutRecursion() {
    occupy(1);
    List<CompletableFuture<Integer>> gathered =
        askAll(IntStream.range(0, 10_000).boxed().toList());
    List<CompletableFuture<Integer>> again =
        gathered.stream().map(each -> each.thenCompose(lane::ask)).toList();
    server.atOnce = true;
    server.answer(0);

    assertThat(again.get(9_999).join()).isEqualTo(4 * 9_999);
    assertThat(again).allMatch(CompletableFuture::isDone);
  }

  /** Whoever is answered may ask again and wait, which would hang if it held what moves the lane on. */
  @Test
  void nobodyIsAnsweredByAThreadThatHoldsTheLane() {
    occupy(1);
    CompletableFuture<Integer> asked =
        lane.ask(2).thenApply(answer -> lane.askAndWait(10).join());
    server.atOnce = true;
    server.answer(0);
    assertThat(asked.join()).isEqualTo(20);
  }

  @Test
  void aThreadThatComesAloneSendsItselfAndThoseThatWaitShareACall() {
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    for (int i = 1; i < 5; i++) {
      int question = i;
      int calls = Math.min(i, 2) - 1;
      until(() -> server.answers.size() >= calls);
      answers.add(CompletableFuture.supplyAsync(
          () -> lane.askAndWait(question).join(), task -> started(threads, task)));
    }
    until(() ->
        threads.stream().skip(1).allMatch(each -> each.getState() == Thread.State.TIMED_WAITING));
    assertThat(server.calls).containsExactly(List.of(1));
    assertThat(server.senders).containsExactly(threads.get(0));
    server.answer(0);
    until(() -> server.answers.size() == 2);
    server.answer(1);

    assertThat(answers.stream().map(CompletableFuture::join)).containsExactly(2, 4, 6, 8);
    assertThat(server.calls.get(1)).containsExactlyInAnyOrder(2, 3, 4);
  }

  private static void started(List<Thread> threads, Runnable task) {
    threads.add(new Thread(task));
    threads.get(threads.size() - 1).start();
  }

  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aThreadThatIsInterruptedIsAnsweredAtOnceAndFailsNobodyElse() {
    Thread.currentThread().interrupt();
    assertThat(lane.askAndWait(1)).isCompletedExceptionally();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(server.calls).isEmpty();

    occupy(1);
    List<Thread> threads = new CopyOnWriteArrayList<>();
    CompletableFuture<Integer> behind = CompletableFuture.supplyAsync(
        () -> lane.askAndWait(2).join(), task -> started(threads, task));
    threads.get(0).interrupt();
    assertThatThrownBy(behind::join).hasRootCauseInstanceOf(InterruptedException.class);
    server.answer(0);
    CompletableFuture<Integer> next = lane.ask(3);
    server.answer(1);
    assertThat(next.join()).isEqualTo(6);
  }

  @Test
  void manyThreadsAreAllAnsweredRightlyAndInOrder() throws CompletionException {
    server.atOnce = true;
    List<CompletableFuture<Void>> threads = IntStream.range(0, 8)
        .mapToObj(thread -> CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                int question =
                    i % 3 == 0 ? lane.askAndWait(i).join() : lane.ask(i).join();
                assertThat(question).isEqualTo(2 * i);
              }
            },
            OwnThread.EACH))
        .toList();
    threads.forEach(CompletableFuture::join);
    assertThat(server.calls.stream().mapToInt(List::size).sum()).isEqualTo(8_000);
  }
}
