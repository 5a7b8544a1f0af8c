package dev.ratelab.bench.conform;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.peer.Peer;
import dev.ratelab.bench.peer.PeerLimiter;
import dev.ratelab.limiter.FailureCause;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A library of others. In memory nobody tells what it holds: the map from keys to its limiters is ours. On Redis the clock of a
 * second instance can be set off if the library takes a clock.
 */
final class TestedPeer implements TestedLimiter {
  private static final int MOST_SAID = 120;

  private final TestedSubject.Opening opening;
  private final PeerLimiter limiter;
  private final Targets targets;
  private final Set<Ability> abilities = EnumSet.noneOf(Ability.class);

  /** For calls that block until Redis has answered; without threads where none does. */
  private final ExecutorService callers = Executors.newCachedThreadPool();

  TestedPeer(TestedSubject.Opening opening, Peer peer) {
    this.opening = opening;
    Subject subject = opening.subject();
    if (peer.takes().contains(Peer.Takes.COST)) {
      abilities.add(Ability.COST);
    }
    if (subject.isRemote()) {
      abilities.addAll(Set.of(Ability.HELD, Ability.ANOTHER));
      if (peer.takes().contains(Peer.Takes.CLOCK)) {
        abilities.add(Ability.CLOCK);
      }
    }
    targets = new Targets(opening.redis());
    // Shared: other instances may go on with it.
    limiter = peer.opening()
        .apply(new Peer.Setting(
            opening.limit(),
            opening.redis(),
            opening.namespace(),
            Target.DEADLINE,
            clock(opening.ahead()),
            true));
  }

  private static @Nullable TimeSource clock(Duration ahead) {
    // Its own where that is right.
    return ahead.isZero()
        ? null
        : () -> TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis() + ahead.toMillis());
  }

  @Override
  public String name() {
    return opening.name();
  }

  @Override
  public Set<Ability> abilities() {
    return abilities;
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    return called(key, cost).exceptionally(failure -> {
      Throwable cause = FailureCause.of(failure);
      throw new NoAnswerException("%s did not decide: %s".formatted(name(), brief(cause)), cause);
    });
  }

  /** Some libraries put the whole call into their message. */
  private static String brief(Throwable cause) {
    String line = FailureCause.told(cause).lines().findFirst().orElse("");
    return line.length() <= MOST_SAID ? line : line.substring(0, MOST_SAID) + "…";
  }

  private CompletableFuture<Answer> called(String key, long cost) {
    boolean blocks = opening.subject().isRemote() && !opening.subject().isAsynchronous();
    return CompletableFuture.supplyAsync(
            () -> limiter.ask(key, cost), blocks ? callers : Runnable::run)
        .thenCompose(answer -> answer);
  }

  @Override
  public OptionalLong held() {
    return abilities.contains(Ability.HELD)
        ? OptionalLong.of(
            HeldKeys.countTags(targets.client(Subject.CLIENTS.get(0)), opening.namespace()))
        : OptionalLong.empty();
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    return abilities.contains(Ability.ANOTHER)
        ? Optional.of(SubjectProgram.start(opening.another(ahead)))
        : Optional.empty();
  }

  @Override
  public void close() {
    callers.shutdownNow();
    limiter.close();
    targets.close();
  }
}
