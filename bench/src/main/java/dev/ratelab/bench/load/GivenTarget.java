package dev.ratelab.bench.load;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Seeds;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.load.OpenLoop.Waiting;
import java.io.IOException;
import java.util.Map;

/**
 * Loads a limiter of this process, or a physical limit of its backend. Lettuce is called asynchronously, Jedis by as many blocking
 * senders as there are connections. In memory the sender decides itself: where it cannot keep up, generator and limiter are one
 * thread, and that counts as the generator being late.
 */
public final class GivenTarget extends GivenLoad {
  private final Subject subject;

  /** What to load and how. */
  public GivenTarget(Subject subject, LoadOptions options) {
    super(options);
    this.subject = subject;
  }

  /** What is loaded. */
  public Subject subject() {
    return subject;
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    if (subject.isRemote() && run.redis() == null) {
      throw new IllegalStateException(subject.title() + " needs a Redis, and this run has none");
    }
    LoadKeys keys = new LoadKeys(
        Seeds.derive(run.seed(), "load-keys", 0), options().keys(), options().skew());
    boolean async = subject.isAsynchronous();
    boolean blocking = subject.isRemote() && !async;
    try (Targets targets = new Targets(run.redisUrl())) {
      OpenLoop.Call call = TargetCall.of(targets.target(subject, run.limit()), async, keys::at);
      OpenLoop.Call told = request -> {
        request.begun();
        call.send(request);
      };
      Loaded.Load load = new Loaded.Load(
          blocking ? call : told,
          blocking ? options().connections() : 1,
          subject.isRemote() ? Waiting.COARSE : Waiting.SPINNING);
      Loaded.Name name = new Loaded.Name(
          subject.id(),
          subject.title(),
          subject.series(name(), options().arrivals().name()));
      load(new Loaded(name, options(), load, Map::of), run);
    }
  }
}
