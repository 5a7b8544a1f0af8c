package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.ResultsReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulateCommandTest extends CommandRun {

  @Test
  void everyDesignIsSimulatedWrittenAndTold() throws IOException {
    Path results = directory.resolve("fleet");

    int exit = run("simulate --duration 200ms --instances 3 --seed 5 --out " + results);

    assertThat(exit).isZero();
    List<Measurement> rows = ResultsReader.read(results).measurements();
    assertThat(rows.stream().map(row -> row.workload().replaceAll(":.*", "")).distinct())
        .containsExactly("call", "batches", "leases-fixed", "leases-adaptive", "async", "drop");
    assertThat(rows).allSatisfy(row -> assertThat(results.resolve(row.raw())).exists());
    assertThat(out.toString())
        .contains(" to 3 instances; 100 per 1s for each of 1,000 keys, by gcra;")
        .contains("leases-adaptive:permits=10,time=1s", "report.html");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--design fast | Invalid value for option '--design' (NAME): 'fast' is no design; accepted: call, batches",
        "--instances 0 | --instances is 0; accepted: 1 to 1000000",
        "--loss 2 | --loss is 2; accepted: 0 to 1",
        "--drift 0.75 | --drift is 0.75; accepted: 0 to 0.5",
        "--preset huge | Invalid value for option '--preset': 'huge' is no preset; accepted: small, internet",
        "--lease-permits 1000 | the lease's permits are 1000; accepted: at most 100",
        "--algorithm best | Invalid value for option '--algorithm': unknown algorithm 'best'",
        "--burst 5 --algorithm fixed-window | fixed-window has no burst",
        "--delay 2s | --delay is 2s; accepted: 0s to 250ms",
        "--arrivals often | Invalid value for option '--arrivals': 'often' is no kind of arrivals; accepted: poisson, constant",
      })
  void whatCannotBeSimulatedIsToldInASentence(String options, String sentence) {
    assertThat(run("simulate " + options)).isEqualTo(2);
    assertThat(err.toString()).contains(sentence).doesNotContain("\tat ");
  }
}
