package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/choosing.md advises stands in the rows that it is linked to. */
class ChoosingTest {
  private static final Path PAGE = Path.of("..", "docs", "choosing.md");

  /** Formulas, and what was set and not measured. */
  private static final Set<String> NO_MEASUREMENT = Set.of(
      "`2N`",
      "`2N - 1`",
      "`N - 1`",
      "`B + N - 1`",
      "`E(τ + L - 1)`",
      "100 permits a second",
      "at p99",
      "two cores",
      "with two",
      "with four");

  private static final int MOST_LINES = 120;

  @TempDir
  private Path directory;

  @Test
  void eachNumberStandsInTheRowThatItIsLinkedTo() throws IOException {
    assertThat(LinkedRows.faults(PAGE, Files.readString(PAGE), NO_MEASUREMENT)).isEmpty();
  }

  @Test
  void itIsShort() throws IOException {
    assertThat(Files.readAllLines(PAGE)).hasSizeLessThanOrEqualTo(MOST_LINES);
  }

  @Test
  void aRowThatHoldsTheNumberProvesIt() throws IOException {
    says("- It lets [199](rows.md#how-much \"gcra | memory\") of a limit pass.");
    says("- One is `B + N - 1`, and [the row](rows.md#how-much) says so.");
  }

  @Test
  void aWrongNumberFails() throws IOException {
    fails("[198](rows.md#how-much \"gcra | memory\")", "'198' is not in the row");
    fails("[99](rows.md#how-much \"gcra | memory\")", "'99' is not in the row");
    fails("[19](rows.md#how-much \"gcra | memory\")", "'19' is not in the row");
    fails("[1](rows.md#how-much \"gcra | memory\")", "'1' is not in the row");
    fails("[2](rows.md#how-much \"gcra | memory\")", "'2' is not in the row");
  }

  @Test
  void aWrongRowFails() throws IOException {
    fails("[199](rows.md#how-much \"leaky-bucket | memory\")", "0 rows begin with");
    fails("[199](rows.md#how-much \"gcra\")", "2 rows begin with");
    fails("[gcra](rows.md#how-much \"gcra | memory\")", "'gcra' is not in the row");
  }

  @Test
  void aWrongHeadingOrFileFails() throws IOException {
    fails("[199](rows.md#how-many \"gcra | memory\")", "no such heading");
    fails("[199](rows.md#the-next \"gcra | memory\")", "0 rows begin with");
    fails("[199](row.md#how-much \"gcra | memory\")", "no such file");
    fails("[told here](row.md)", "no such file");
    fails("[told here](#nowhere)", "no such heading");
  }

  @Test
  void aNumberWithoutALinkFails() throws IOException {
    fails("It lets 199 pass, [says the row](rows.md#how-much).", "a number without a link");
    fails("[The other 199](rows.md#how-much) pass.", "a number without a link");
    fails("It lets twice as many pass, [says the row](rows.md).", "a number without a link");
    fails("It lets `3N` pass, [says the row](rows.md).", "a number without a link");
  }

  @Test
  void aSentenceWithoutALinkFails() throws IOException {
    fails("- It is [so](rows.md). It is not otherwise.", "a sentence without a link");
  }

  private void says(String text) throws IOException {
    assertThat(faults(text)).isEmpty();
  }

  private void fails(String text, String why) throws IOException {
    assertThat(faults(text)).singleElement().asString().contains(why);
  }

  private Iterable<String> faults(String text) throws IOException {
    Path page = directory.resolve("page.md");
    Files.writeString(page, "# A page\n\n" + text + "\n");
    Files.writeString(directory.resolve("rows.md"), """
        # Rows

        ## How much?

        | algorithm | where | E(W) | of the limit |
        |---|---|--:|--:|
        | `gcra` | memory | 199 | 1.99× \\[1.9 … 2\\] |
        | `gcra` | redis | 199 | 1.99× |

        ## The next
        """);
    return LinkedRows.faults(page, Files.readString(page), NO_MEASUREMENT);
  }
}
