"""A full-screen program for tests. It starts slowly, throws away what was typed before it set its terminal up, reads key by
key when it gets to it, and writes down each read: seconds, and the bytes in hexadecimal.
  raw-reader.py FILE SECONDS-TO-START BRACKETED-PASTE(0|1) MOST-SECONDS-BUSY"""
import os, random, sys, termios, time, tty

path, start, bracketed, busy = sys.argv[1], float(sys.argv[2]), sys.argv[3] == "1", float(sys.argv[4])
time.sleep(start)
tty.setraw(0, termios.TCSAFLUSH)
os.write(1, b"\x1b[?1049h" + (b"\x1b[?2004h" if bracketed else b""))
with open(path, "a", buffering=1) as log:
    while True:
        data = os.read(0, 65536)
        if not data:
            break
        log.write("%.3f %s\n" % (time.time(), data.hex()))
        os.write(1, b"\x1b[H%d" % random.randrange(10**6))
        if busy:
            time.sleep(random.random() * busy)
