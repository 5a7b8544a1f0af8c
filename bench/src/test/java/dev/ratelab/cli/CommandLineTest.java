package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest extends CommandRun {
  private static final String LINE =
      "192.0.2.%d - - [17/May/2015:10:05:%02d +0000] \"GET / HTTP/1.1\" 200 512\n";

  /** The main job from end to end, every experiment on every backend, with a real Redis. */
  @Test
  void compareMeasuresEveryAlgorithmOnEveryBackendAndWritesItsPages() throws IOException {
    Path results = directory.resolve("run");

    int exit = run("compare --profile smoke --out " + results);

    assertThat(err.toString()).doesNotContain("failed");
    assertThat(exit).isZero();
    List<Measurement> rows = ResultsReader.read(results).measurements();
    for (String experiment : List.of("burst", "accuracy", "throughput", "latency")) {
      Set<String> measured = rows.stream()
          .filter(row -> row.experiment().equals(experiment))
          .filter(row -> row.subject().equals(Measurement.RATELAB))
          .map(row -> row.algorithm() + " " + row.backend() + " " + row.client())
          .collect(Collectors.toSet());
      assertThat(measured).as(experiment).hasSize(Algorithm.values().length * 3);
    }
    for (String experiment : List.of("throughput", "latency")) {
      assertThat(rows.stream()
              .filter(row -> row.experiment().equals(experiment))
              .filter(row -> row.subject().equals(Measurement.LIMIT))
              .map(row -> row.workload() + " " + row.client())
              .distinct())
          .as(experiment)
          .containsExactlyInAnyOrder(
              "clock-read none",
              "ping lettuce",
              "ping jedis",
              "no-op-evalsha lettuce",
              "no-op-evalsha jedis");
    }
    assertThat(rows).allSatisfy(row -> {
      if (row.raw() != null) {
        assertThat(results.resolve(row.raw())).exists();
      }
    });
    assertThat(results.resolve("report.html")).exists();
    assertThat(results.resolve("summary.md")).exists();
    assertThat(out.toString())
        .contains("memory of clock", "lettuce of no-op", "of best peer")
        .contains("memory op/s", "lettuce op/s", "jedis p99 us", "E(W)/N", "B/key redis")
        .contains("Report: " + results.resolve("report.html").toUri());
  }

  @Test
  void replayTellsWhatEachAlgorithmWouldHaveDenied() throws IOException {
    // Twelve requests of one client within ten seconds, two of another.
    StringBuilder log = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      log.append(LINE.formatted(1, 20 + i % 9));
    }
    log.append(LINE.formatted(2, 20)).append(LINE.formatted(2, 21)).append("no request\n");
    Path file = Files.writeString(directory.resolve("access.log"), log);
    Path results = directory.resolve("run");

    int exit = run("replay " + file + " --redis none --out " + results);

    assertThat(exit).isZero();
    assertThat(out.toString())
        .contains(
            "access.log: 14 requests from 2 clients, 1 line skipped, no request; 10 per 10s for each client")
        .containsPattern("sliding-window-log +2 +0 +0 +0\\.00%")
        .containsPattern("fixed-window +2 +0 +0 +0\\.00%");
    assertToldOfSkippedLine(15, results);
  }

  @Test
  void replayReadsStandardInputAndMoreFiles() throws IOException {
    Path file = Files.writeString(directory.resolve("a.log"), LINE.formatted(1, 1));
    Path results = directory.resolve("run");
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(LINE.formatted(2, 2).getBytes(StandardCharsets.UTF_8)));
    try {
      assertThat(run("replay - " + file + " --redis none --out " + results)).isZero();
    } finally {
      System.setIn(before);
    }

    assertThat(out.toString()).contains("stdin and 1 more: 2 requests from 2 clients; ");
  }

  /** One instant is no interval: 1,000,000,000 a second was told of it. */
  @Test
  void aTraceOfOneInstantFailsWithItsReason() throws IOException {
    Path trace = Files.writeString(directory.resolve("t.txt"), "5\n5\n");

    int exit = run("bench http --target gcra@memory --warmup 0s --arrivals trace:" + trace
        + " --out " + directory.resolve("run"));

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString())
        .contains(
            "http failed: the requests to gcra, memory were due within 0.000001 ms, too short for a rate");
    assertThat(out.toString()).doesNotContain("1,000,000,000");
  }

  @Test
  void aLoadWithoutARequestFailsWithItsReason() {
    int exit =
        run("bench http --target gcra@memory --warmup 0s --rate 0.0001 --duration 10ms --out "
            + directory.resolve("run"));

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString())
        .contains("http failed: not one request was due to gcra, memory in 10.000000 ms");
  }

  /** Every command that reads an access log. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "replay %s --redis none",
        "replicate --log %s --client-names",
        "bench http --target gcra@memory --warmup 0s --arrivals trace:%s --speed 100"
      })
  void everyReaderOfALogTellsWhatItSkipped(String command) throws IOException {
    Path file = Files.writeString(
        directory.resolve("access.log"),
        LINE.formatted(1, 1) + "no request\n" + LINE.formatted(1, 2));
    Path results = directory.resolve("run");

    int exit = run(command.formatted(file) + " --out " + results);

    assertThat(exit).isZero();
    assertToldOfSkippedLine(2, results);
  }

  private void assertToldOfSkippedLine(int number, Path results) throws IOException {
    String warning =
        "skipped 1 line, the first of them line %d of access.log: it has no time such as [17/May/2015:10:05:03 +0000] in it; accepted are lines such as: "
            .formatted(number);
    assertThat(err.toString()).contains("Warning: " + warning);
    assertThat(TestRuns.warning(ResultsReader.read(results), "skipped")).startsWith(warning);
  }

  /** Locales whose formats have digits of their own. */
  @ParameterizedTest
  @ValueSource(strings = {"fa-IR", "ar-EG", "hi-IN-u-nu-deva", "th-TH-u-nu-thai"})
  void noLocaleChangesWhatIsWritten(String locale) throws IOException {
    Path results = directory.resolve("run");
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(locale));
    try {
      assertThat("%d".formatted(1)).as("the locale has digits of its own").isNotEqualTo("1");

      assertThat(run("bench burst --profile smoke --redis none --out " + results))
          .isZero();
    } finally {
      Locale.setDefault(before);
    }

    assertThat(ResultsReader.read(results).measurements()).isNotEmpty();
    try (Stream<Path> files = Files.walk(results).filter(Files::isRegularFile)) {
      assertThat(files)
          .allSatisfy(
              file -> assertThat(Files.readString(file)).doesNotContainPattern("(?![0-9])\\p{Nd}"));
    }
    assertThat(out + "" + err).doesNotContainPattern("(?![0-9])\\p{Nd}");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      compare --profile fast         | 'fast' is no profile; accepted: quick, full
      compare --limit 0              | --limit is 0; accepted: 1 to 1000000000
      compare --window 10            | '10' is no duration; accepted: a whole number with us, ms, s, m, h or d
      compare --window 32d           | --window is 32d; accepted: 1 microsecond to 31 days
      compare --redis somewhere      | unknown Redis 'somewhere'; accepted: embedded, embedded-cluster:N with 1 to 64 primaries, docker, or a URL such as redis://localhost:6379, or none
      compare --redis http://x       | the Redis URL does not begin with redis:// or rediss://; accepted: redis://
      compare --colour               | Unknown option: '--colour'
      bench sleep                    | unknown experiment 'sleep'; accepted: burst, accuracy, memory, throughput, latency, redis-cost, tenant-cost, cluster, leases, scaling, resolution, simulation-validation, http
      bench burst --threads 2       | --threads, --in-flight, --workload and --profiler belong to throughput, not to burst
      bench throughput --threads 0  | --threads is 0; accepted: 1 to 1024
      bench throughput --workload x | Invalid value for option '--workload' (NAME): unknown workload 'x'; accepted: uniform, zipf-0.99, one-hot-key
      bench throughput --profiler x | --profiler x cannot be used here
      bench                          | Missing required parameter: 'EXPERIMENT'
      bench http --url https://h/    | 'https://h/' asks for TLS, which this generator does not speak; accepted: such as http://
      bench http --url localhost:80  | 'localhost:80' does not begin with http://
      bench http --url u --target t  | mutually exclusive
      bench http --target gcra@disk  | 'gcra@disk' is no target; accepted: an algorithm (fixed-window
      bench http --target x@memory   | 'x@memory' is no target
      bench http --url http://127.0.0.1:1/ --limit 5 | --limit is for limiters of ours; the server of --url has its own
      bench http --target guava@memory | 'guava@memory' is no target
      bench http --target gcra@memory --pipeline 2 | --pipeline is for HTTP; --target is called in this process
      bench http --slo 5ms           | Invalid value for option '--slo': '5ms' is no objective; accepted: a percentile over 0 and below 100 and a duration, such as p99=5ms
      bench http --slo p0=5ms        | Invalid value for option '--slo': 'p0=5ms' is no objective
      bench http --rate 0            | --rate is 0.0; accepted: over 0 to 20000000
      bench http --rate 1e7 --duration 1m | 10000000 a second for 60 s are more requests than fit into memory
      bench http --pipeline 0        | --pipeline is 0; accepted: 1 to 10000
      bench http --key-skew cold     | Invalid value for option '--key-skew': 'cold' is no skew; accepted: uniform, zipf, hot
      bench http --arrivals fast     | Invalid value for option '--arrivals': 'fast' is no kind of arrivals; accepted: constant, poisson, on-off, on-off:ON/OFF, trace:FILE
      bench http --arrivals on-off:5/1ms | Invalid value for option '--arrivals': '5' is no duration
      bench http --warmup=-PT1S      | --warmup is -1s; accepted: 0 or longer
      bench http --arrivals trace:/no/such | /no/such is not a file
      bench http --speed 2           | --speed is for --arrivals trace:FILE
      bench http --body x            | --method, --body, --header, --expect-status and --max-head are for --url
      replay /no/such/file           | /no/such/file is not a file
      replay x.log --window 999ms     | --window is 999ms, but an access log tells whole seconds only: all requests of one second would seem to come at once; accepted: 1s or longer
      replicate --limit 5             | --client-names, --limit and --window are for --log
      replicate --client-names        | --client-names, --limit and --window are for --log
      replicate --log x.log --window 100ms | --window is 100ms, but an access log tells whole seconds only
      replay gr�n.log           | 'gr�n.log' is a name that this locale, of encoding
      replicate --log gr�n.log  | cannot spell; accepted: a name that it can, or another locale, such as LC_ALL=C.UTF-8
      compare --out gr�n        | 'gr�n' is a name that this locale
      serve --config gr�n.yaml  | 'gr�n.yaml' is a name that this locale
      bench http --arrivals trace:gr�n.log | 'gr�n.log' is a name that this locale
      bench http --url http://h/ --max-head 0 | --max-head is 0; accepted: 1 to 16777216
      verify --tries 0                  | --tries is 0; accepted: 1 or more
      verify --algorithm leaky          | Invalid value for option '--algorithm': unknown algorithm 'leaky'; accepted: fixed-window
      verify --replay /no/file.json     | /no/file.json: not a file; give one that a run of verify wrote
      verify --replay x.json --tries 3  | --replay takes no --tries: the file says
      verify --replay x.json --seed 3   | --replay takes no --seed: the file says
      verify --replay x.json --out there| --replay takes no --out: the file says what is run, and nothing is written
      verify --limit 3                  | Unknown option
      dance                          | there is no command 'dance'; accepted: compare, bench, replay, verify,
      serv                           | there is no command 'serv'; accepted:
      serv                           | , report; did you mean serve
      simulate extra                 | 'extra' is one argument too many
      bench leases extra             | 'extra' is one argument too many
      serve --limt 5                 | did you mean --limit
      serve --limit x                | Invalid value for option '--limit': 'x' is not a whole number
      """)
  void badUsageIsToldInOneLine(String arguments, String message) {
    int exit = run(arguments);

    assertThat(err.toString()).contains(message).startsWith("ratelab").endsWith("--help\n");
    assertThat(err.toString().lines()).as(err.toString()).hasSize(1);
    assertThat(exit).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aTraceThatIsTooDenseIsNotBlamedOnARateThatNobodyGave() throws IOException {
    Path trace = Files.write(directory.resolve("dense"), Collections.nCopies(20_001, "0"));

    int exit = run("bench http --arrivals trace:" + trace);

    assertThat(err.toString())
        .contains("the trace has 20001000 requests a second; accepted: at most 20000000")
        .doesNotContain("--rate");
    assertThat(exit).isEqualTo(2);
  }

  /** As where LC_ALL=C meets a directory with a letter of another language: Java itself fails there with a stack trace. */
  @ParameterizedTest
  @CsvSource({"user.dir,the current directory", "java.io.tmpdir,the temporary directory"})
  void aDirectoryThatTheLocaleCannotSpellIsToldInOneLine(String property, String name) {
    String own = System.getProperty(property);
    System.setProperty(property, "/tmp/gr\ufffdn");
    int exit;
    try {
      exit = run("replay x.log --redis none");
    } finally {
      System.setProperty(property, own);
    }

    assertThat(err.toString())
        .startsWith("ratelab: " + name + " '/tmp/gr\ufffdn' is a name that this locale");
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(exit).isEqualTo(2);
  }

  @Test
  void withoutARedisTheMemoryPartStillRunsAndTheRunSaysSo() throws IOException {
    Path results = directory.resolve("run");

    int exit = run("bench burst --profile smoke --redis redis://127.0.0.1:1 --out " + results);

    assertThat(err.toString())
        .contains("no Redis, so only memory is measured: redis://127.0.0.1:1 does not answer");
    assertThat(exit).as("something that was asked for is missing").isEqualTo(1);
    Results read = ResultsReader.read(results);
    assertThat(read.measurements())
        .hasSize((Algorithm.values().length + Subject.peersInVirtualTime().size()) * 2 * 3);
    assertThat(TestRuns.warning(read, "redis")).contains("no Redis");
  }

  /** Not run() with a redirected writer: picocli complains of a bad description on System.err itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "compare --help",
        "bench --help",
        "bench http --help",
        "replay --help",
        "verify --help",
        "replicate --help",
        "serve --help",
        "report --help"
      })
  void helpComplainsOfNothing(String arguments) {
    PrintStream stderr = System.err;
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
    try {
      assertThat(run(arguments)).isZero();
    } finally {
      System.setErr(stderr);
    }

    assertThat(complaints.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(err.toString()).isEmpty();
    assertThat(out.toString()).contains("Usage: ratelab");
  }

  /** More than one thread can decide, in memory of the same process: the generator has no chance. */
  @Test
  void aLoadGeneratorThatIsTheBottleneckWarns() throws IOException {
    Path results = directory.resolve("run");

    int exit =
        run("bench http --target gcra@memory --rate 20000000 --duration 50ms --warmup 0s --out "
            + results);

    assertThat(exit).isZero();
    assertThat(out.toString())
        .containsPattern("gcra, memory +20,\\d{3},\\d{3} ")
        .contains("Warning: the load generator is the bottleneck: it sent ");
    assertThat(TestRuns.warning(ResultsReader.read(results), "http_late_gcra@memory/none"))
        .contains("over 1.0 ms late");
  }

  @Test
  void aServerThatIsNotThereIsToldInOneLine() throws IOException {
    Path results = directory.resolve("run");

    int exit = run("bench http --url http://127.0.0.1:1/check --out " + results);

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString())
        .contains("http failed: cannot connect to http://127.0.0.1:1/check: Connection refused")
        .doesNotContain("\tat ");
  }

  @Test
  void anotherRunsResultsAreNeverOverwritten() throws IOException {
    Path results = directory.resolve("run");
    String arguments = "bench burst --profile smoke --redis none --out " + results;
    assertThat(run(arguments)).isZero();
    String before = Files.readString(results.resolve("results.json"));

    assertThat(run(arguments)).isEqualTo(2);

    assertThat(err.toString()).contains("holds the results of another run");
    assertThat(Files.readString(results.resolve("results.json"))).isEqualTo(before);
  }
}
