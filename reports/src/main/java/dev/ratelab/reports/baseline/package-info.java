/** Two runs side by side: what is the same, what got better, what got worse. */
@NullMarked
package dev.ratelab.reports.baseline;

import org.jspecify.annotations.NullMarked;
