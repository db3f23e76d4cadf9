using System.Globalization;
using System.Runtime.InteropServices;

namespace PassthroughInfra.Engine.Processes;

/// <summary>
/// What tells a process from every other one that has had its number, on this machine and on copies of it: the boot, the namespaces in which number and
/// time count, and when it was started, in the kernel's ticks since the boot, which no step of a clock changes (proc(5), proc_pid_stat(5), namespaces(7)).
/// </summary>
/// <param name="BootId">/proc/sys/kernel/random/boot_id.</param>
/// <param name="Namespaces">The PID and the time namespace.</param>
/// <param name="StartTicks">The start time of /proc/PID/stat.</param>
internal sealed record ProcessIdentity(int Pid, string BootId, string Namespaces, long StartTicks)
{
    private const int NoSuchProcess = 3;

    /// <summary>
    /// Whether the process is proven to have ended: on this boot and in these namespaces, no process has its number, or one that was started at another time.
    /// From another boot, machine or container nothing can be proven.
    /// </summary>
    public bool HasEnded
    {
        get
        {
            if (Own() is not { } own || own.BootId != BootId || own.Namespaces != Namespaces)
                return false;
            // Not the absence of /proc/PID: that can be hidden from other users (hidepid, proc(5)).
            if (Kill(Pid, 0) != 0)
                return Marshal.GetLastPInvokeError() == NoSuchProcess;
            return StartTicksOf(Pid.ToString(CultureInfo.InvariantCulture)) is { } ticks && ticks != StartTicks;
        }
    }

    /// <summary>This process's; null where the kernel does not tell (no Linux, no /proc).</summary>
    public static ProcessIdentity? Own()
    {
        try
        {
            // A kernel without time namespaces has no such link.
            return Namespace("pid") is { } pid && StartTicksOf("self") is { } ticks
                ? new(Environment.ProcessId, File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), $"{pid} {Namespace("time")}", ticks)
                : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Namespace(string kind) => new FileInfo($"/proc/self/ns/{kind}").LinkTarget;

    private static long? StartTicksOf(string process)
    {
        try
        {
            // The program's name, the second field, can hold anything but ends at the last parenthesis; the start time is field 22.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
        }
        catch (Exception problem) when (
            problem is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int processId, int signal);
}
