package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.Pages;
import dev.ratelab.reports.SampleRun;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkdownPageTest {
  @TempDir
  private Path temp;

  @Test
  void everyTableHasAsManyCellsInEachRow() throws IOException {
    List<String> lines = page(SampleRun.write(temp.resolve("run"))).lines().toList();
    int tables = 0;
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).startsWith("| --")) {
        tables++;
        int cells = cells(lines.get(i));
        assertThat(cells(lines.get(i - 1))).isEqualTo(cells);
        assertThat(lines.get(i - 2)).isEmpty();
        for (int row = i + 1; row < lines.size() && lines.get(row).startsWith("|"); row++) {
          assertThat(cells(lines.get(row))).as(lines.get(row)).isEqualTo(cells);
        }
      }
    }
    assertThat(tables).isEqualTo(16);
  }

  @Test
  void itHasTheNumbersThatThePageHas() throws IOException {
    assertThat(page(SampleRun.write(temp.resolve("run"))))
        .contains(
            "# Ratelab results",
            "Only sliding-window-log and leaky-bucket hold N in every window;",
            "(2.1× Bucket4j)",
            "> **Warning:** Only 2 cores",
            "| fixed-window | memory | adversarial | 200 | 200 | 1 |",
            "## How long does a caller wait?",
            "## What does it keep?",
            "| gcra | 128 B \\[125 B … 132 B\\] | 104 B \\[101 B … 108 B\\] |",
            "- cpu: Sample CPU @ 2.8 GHz");
  }

  @Test
  void whatAFileSaysIsNeverMarkup() throws IOException {
    ResultsDirectory run =
        ResultsDirectory.create(temp.resolve("run"), Map.of(), Map.of("a&lt;b", "`c`"));
    run.warn("markup", "<b>*x*</b>\n# y | z");
    run.add(Series.of("accuracy")
        .algorithm("gcra")
        .backend("memory")
        .workload("a|b <script>alert(1)</script> [x](y)")
        .exact(Metric.DIFFER, 0.5, 10));

    assertThat(page(run.path()))
        .contains(
            "> **Warning:** \\<b\\>\\*x\\*\\</b\\> \\# y \\| z\n",
            "| a\\|b \\<script\\>alert(1)\\</script\\> \\[x\\](y) |",
            "- a\\&lt;b: \\`c\\`\n");
  }

  private static String page(Path run) throws IOException {
    Pages.write(run);
    return Files.readString(run.resolve("summary.md"));
  }

  private static int cells(String row) {
    return row.replace("\\|", "").split("\\|", -1).length;
  }
}
