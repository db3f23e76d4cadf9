namespace PassthroughInfra.Cli.Doctor;

internal static class DoctorPicture
{
    public static string Draw(HostView view) => throw new NotImplementedException(view.Source);
}
