import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** A class as Kotlin's compiler writes it (the test gives it such a source's name): the body of an inline function stands behind the
 *  file's end, and the class says which call it is. */
@Inlined.Map("SMAP\nInlined__.kt\nKotlin\n*S Kotlin\n*F\n+ 1 Inlined__.kt\nInlined\n*L\n1#1,15:1\n*S KotlinDebug\n*F\n+ 1 Inlined__.kt\nInlined\n*L\n8#1:14,2\n*E\n")
public class Inlined {
    @Retention(RetentionPolicy.CLASS)
    @interface Map {
        String value();
    }

    public static void main(String[] words) {
        for (int i = 0; i < 3; i++)
            Sql.query("SELECT 1 AS inlined", i);
        Sql.query("SELECT 1 AS plain", 0);
    }
}
