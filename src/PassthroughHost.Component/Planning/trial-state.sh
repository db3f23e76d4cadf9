# shellcheck shell=sh
# Where the trial boot of new kernel arguments stands, from the notes of boot-trial.sh. Part of the scripts of Boot, Restart and Verify, and of the probe;
# it uses nothing of theirs and starts no program.

# trial_state DIRECTORY: none; prepared; armed (its reboot was begun in this boot); running; failed (another boot came instead)
trial_state() {
  { read -r trial_marker <"$1/marker"; } 2>/dev/null || { echo none; return; }
  read -r trial_arguments </proc/cmdline || :
  case " $trial_arguments " in *" $trial_marker "*) echo running; return ;; esac
  { read -r trial_started <"$1/started"; } 2>/dev/null || { echo prepared; return; }
  read -r trial_boot </proc/sys/kernel/random/boot_id || :
  if [ "$trial_started" = "$trial_boot" ]; then echo armed; else echo failed; fi
}
