/** A run as a person reads it: sections of figures and tables, as one HTML page and as Markdown. */
@NullMarked
package dev.ratelab.reports.page;

import org.jspecify.annotations.NullMarked;
