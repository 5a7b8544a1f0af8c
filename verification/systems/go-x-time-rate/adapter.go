// golang.org/x/time/rate behind JSON lines: a Limiter for each key, since it knows none.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

type question struct {
	ID   int64  `json:"id"`
	Key  string `json:"key"`
	Cost int    `json:"cost"`
}

func number(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	window := time.Duration(number("RATELAB_WINDOW_MS")) * time.Millisecond
	limit := rate.Every(window / time.Duration(number("RATELAB_PERMITS")))
	burst := number("RATELAB_BURST")
	var limiters, turn = sync.Map{}, sync.Mutex{}
	say := func(answer map[string]any) {
		line, _ := json.Marshal(answer)
		turn.Lock()
		defer turn.Unlock()
		os.Stdout.Write(append(line, '\n'))
	}
	// Debian's library has no version of its own at run time.
	say(map[string]any{"name": "golang.org/x/time/rate", "version": "0.3.0", "cost": true})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		go func() {
			known, there := limiters.Load(asked.Key)
			if !there {
				known, _ = limiters.LoadOrStore(asked.Key, rate.NewLimiter(limit, burst))
			}
			say(map[string]any{"id": asked.ID, "allowed": known.(*rate.Limiter).AllowN(time.Now(), asked.Cost)})
		}()
	}
}
