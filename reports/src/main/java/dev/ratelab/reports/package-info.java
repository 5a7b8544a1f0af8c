/** Reads the results of a run in their one documented format and turns them into pages a person can judge. */
@NullMarked
package dev.ratelab.reports;

import org.jspecify.annotations.NullMarked;
