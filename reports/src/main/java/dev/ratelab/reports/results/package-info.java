/** The one results format: what a run measured, how it is written and how it is read back. */
@NullMarked
package dev.ratelab.reports.results;

import org.jspecify.annotations.NullMarked;
