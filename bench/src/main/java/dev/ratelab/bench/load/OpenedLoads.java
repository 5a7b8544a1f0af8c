package dev.ratelab.bench.load;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.load.LoadMeasurement.Name;
import dev.ratelab.bench.load.OpenLoop.Waiting;
import dev.ratelab.bench.peer.HttpPeer;
import dev.ratelab.bench.peer.Program;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an experiment loads: servers and the connections to them, limiters of this process. Closed in reverse. */
final class OpenedLoads implements AutoCloseable {
  /** In the body of an answer that a failure policy gave because Redis did not decide. */
  private static final String UNDECIDED = "\"decidedBy\"";

  private final Run run;
  private final LoadOptions options;
  private final KeySequence keys;
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private final List<LoadMeasurement> all = new ArrayList<>();

  OpenedLoads(Run run, LoadOptions options) {
    this.run = run;
    this.options = options;
    keys = KeySequence.ofLoad(options.skew(), run.seed(), options.keys());
  }

  List<LoadMeasurement> all() {
    return all;
  }

  /** What {@code ratelab serve} starts for this subject. The results say with which options. */
  void server(Subject subject) throws IOException, InterruptedException {
    String redis = subject.isRemote() ? run.redisUrl() : null;
    List<String> serve = ServeProcess.options(subject, run.limit(), redis);
    Program running = opened(ServeProcess.start(serve, redis));
    run.results().environment("serve_" + subject.id(), String.join(" ", serve));
    Series series =
        subject.series(LoadMeasurement.EXPERIMENT, options.arrivals().name());
    ours(running, new Name(subject.id(), subject.title(), series));
  }

  /** What HTTP alone costs. */
  void noOpServer() throws IOException, InterruptedException {
    Series series =
        Series.of(LoadMeasurement.EXPERIMENT).subject(Measurement.LIMIT).workload(Http.NO_OP);
    ours(opened(ServeProcess.startNoOp()), new Name(Http.NO_OP, Http.NO_OP, series));
  }

  private void ours(Program running, Name name) throws IOException, InterruptedException {
    load(
        name,
        HttpRequestTemplate.check(running.uri()),
        ProperAnswers.of(ProperAnswers.STATUSES).unless(UNDECIDED));
  }

  private Program opened(Program running) {
    closing.push(running::close);
    return running;
  }

  /**
   * A peer, if it can be had.
   *
   * @return why it cannot be measured, or null if it was started
   */
  @Nullable
  String peer(HttpPeer peer) throws InterruptedException {
    if (peer.absentBecause().isPresent()) {
      return peer.absentBecause().get();
    }
    if (peer.needsRedis() && run.redis() == null) {
      return "it needs a Redis, and this run has none";
    }
    Series series = Series.of(LoadMeasurement.EXPERIMENT)
        .subject(peer.name())
        .backend(peer.needsRedis() ? Subject.REDIS : Subject.MEMORY)
        .workload(options.arrivals().name());
    try {
      Program running = opened(peer.start(run.limit(), run.redisUrl()));
      String url = running.uri() + "?key=" + HttpRequestTemplate.KEY;
      // The body is not read, but as long as that of the others.
      load(
          new Name(peer.name(), peer.name(), series),
          HttpRequestTemplate.of(url, "POST", HttpRequestTemplate.CHECK_BODY, List.of()),
          ProperAnswers.of(ProperAnswers.STATUSES));
      return null;
    } catch (IllegalArgumentException | IOException e) {
      return e.getMessage();
    }
  }

  /** Any server. */
  void url(HttpRequestTemplate template, ProperAnswers proper)
      throws IOException, InterruptedException {
    String server = template.uri().getAuthority();
    Series series = Series.of(LoadMeasurement.EXPERIMENT)
        .subject(server)
        .workload(options.arrivals().name());
    load(new Name("url", server, series), template, proper);
  }

  private void load(Name name, HttpRequestTemplate template, ProperAnswers proper)
      throws IOException, InterruptedException {
    HttpLoad http = HttpLoad.connect(template, keys::at, proper, options);
    closing.push(http::close);
    LoadMeasurement.Load load = new LoadMeasurement.Load(http, 1, Waiting.COARSE);
    all.add(new LoadMeasurement(name, options, load));
  }

  /**
   * A limiter of this process, or a physical limit of its backend. Lettuce is called asynchronously, Jedis by as many blocking
   * senders as there are connections. In memory the sender decides itself: where it cannot keep up, generator and limiter are
   * one thread, and that counts as the generator being late.
   */
  void target(Subject subject) {
    if (subject.isRemote() && run.redis() == null) {
      throw new IllegalStateException(subject.title() + " needs a Redis, and this run has none");
    }
    boolean async = subject.isAsynchronous();
    boolean blocking = subject.isRemote() && !async;
    Targets targets = new Targets(run.redisUrl());
    closing.push(targets::close);
    OpenLoop.Call call = OpenLoop.Call.of(targets.target(subject, run.limit()), async, keys::at);
    OpenLoop.Call told = request -> {
      request.begun();
      call.send(request);
    };
    LoadMeasurement.Load load = new LoadMeasurement.Load(
        blocking ? call : told,
        blocking ? options.connections() : 1,
        subject.isRemote() ? Waiting.COARSE : Waiting.SPINNING);
    Series series =
        subject.series(LoadMeasurement.EXPERIMENT, options.arrivals().name());
    all.add(new LoadMeasurement(new Name(subject.id(), subject.title(), series), options, load));
  }

  @Override
  public void close() {
    RuntimeException failed = null;
    while (!closing.isEmpty()) {
      try {
        closing.pop().run();
      } catch (RuntimeException e) {
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
