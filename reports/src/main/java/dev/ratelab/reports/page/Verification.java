package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import java.util.List;

/** Which properties were tried, and whether they held. */
final class Verification {
  private static final String ID = "verification";

  private Verification() {}

  static Section section(Run run) {
    List<Measurement> rows = run.metric(ID, "property");
    if (rows.isEmpty()) {
      return Section.absent(ID, "Properties");
    }
    return new Section(
        ID,
        "Properties",
        "Each property was tried on generated cases; one counterexample is enough for a no.",
        List.of(),
        List.of(new Table(
            "Properties and the cases they were tried on",
            List.of(
                Column.text("property"),
                Column.text("algorithm"),
                Column.text("where"),
                Column.text("held"),
                Column.number("cases")),
            rows.stream()
                .map(m -> List.of(
                    Cell.of(m.workload()),
                    Cell.of(m.algorithm()),
                    Cell.of(Names.place(m)),
                    Cell.of(m.value() >= 1 ? "yes" : "no"),
                    Cell.of(Long.toString(m.samples()))))
                .toList())));
  }
}
